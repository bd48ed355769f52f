package command

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

// Interrupted is why the context of a command is canceled when a signal asks the
// process to end ([context.Cause] returns it). It is a [context.Canceled].
type Interrupted struct {
	Signal syscall.Signal
}

// Error names the signal.
func (i Interrupted) Error() string { return fmt.Sprintf("interrupted (signal: %v)", i.Signal) }

// Unwrap returns context.Canceled.
func (i Interrupted) Unwrap() error { return context.Canceled }

// ExitCode is what shells say of a process that a signal has ended: 130 after Ctrl-C,
// 143 after SIGTERM, 129 after SIGHUP.
func (i Interrupted) ExitCode() int { return 128 + int(i.Signal) }

// notify returns a context that the first Ctrl-C (SIGINT), SIGTERM or SIGHUP cancels
// with [Interrupted] as its cause. A second Ctrl-C ends the process at once, with exit
// code 130; other signals that come later change nothing. Where SIGHUP was ignored when
// the process began, as nohup does, it stays so. After stop, signals do again what they
// do without notify.
func notify(parent context.Context) (ctx context.Context, stop func()) {
	ctx, cancel := context.WithCancelCause(parent)
	signals := make(chan os.Signal, 8) // more than come while one is looked at
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	if !signal.Ignored(syscall.SIGHUP) {
		signal.Notify(signals, syscall.SIGHUP)
	}
	quit := make(chan struct{})
	go func() {
		for interrupts := 0; ; {
			select {
			case s := <-signals:
				cause := Interrupted{s.(syscall.Signal)}
				if s == syscall.SIGINT {
					if interrupts++; interrupts == 2 {
						os.Exit(cause.ExitCode())
					}
				}
				cancel(cause)
			case <-quit:
				return
			}
		}
	}()
	return ctx, func() {
		signal.Stop(signals)
		close(quit)
		cancel(nil)
	}
}

// interruption is the error of a command that a signal has ended: its text is the
// command's.
type interruption struct {
	error
	cause Interrupted
}

func (i interruption) Unwrap() []error { return []error{i.error, i.cause} }

// withCause adds the signal that has canceled ctx to an error that comes of it.
func withCause(ctx context.Context, err error) error {
	var cause Interrupted
	if errors.Is(err, context.Canceled) && errors.As(context.Cause(ctx), &cause) {
		return interruption{err, cause}
	}
	return err
}
