package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
	"time"
)

// Interrupted is why the context of a command is canceled when a signal asks the
// process to end ([context.Cause] returns it). It is a [context.Canceled].
type Interrupted struct {
	Signal syscall.Signal
}

// Error names the signal, unless it is that of Ctrl-C.
func (i Interrupted) Error() string {
	switch i.Signal {
	case syscall.SIGINT:
		return "interrupted"
	case syscall.SIGTERM:
		return "interrupted by SIGTERM"
	case syscall.SIGHUP:
		return "interrupted by SIGHUP"
	case nearlyUp:
		return "interrupted by SIGUSR1, since time is nearly up"
	}
	return fmt.Sprintf("interrupted by signal %d", i.Signal)
}

// Unwrap returns context.Canceled.
func (i Interrupted) Unwrap() error { return context.Canceled }

// ExitCode is what shells say of a process that a signal has ended: 130 after Ctrl-C,
// 143 after SIGTERM, 129 after SIGHUP. After SIGUSR1, by which schedulers say that time is
// nearly up, it is 75 (EX_TEMPFAIL of sysexits.h): run it again.
func (i Interrupted) ExitCode() int {
	if i.Signal == nearlyUp {
		return exitAgain
	}
	return 128 + int(i.Signal)
}

// notify returns a context that the first Ctrl-C (SIGINT), SIGTERM, SIGHUP or SIGUSR1 cancels
// with [Interrupted] as its cause. A second Ctrl-C ends the process at once, with exit
// code 130; other signals that come later change nothing. Where SIGHUP was ignored when
// the process began, as nohup does, it stays so. After stop, signals do again what they
// do without notify.
func notify(parent context.Context) (ctx context.Context, stop func()) {
	ctx, cancel := context.WithCancelCause(parent)
	signals := make(chan os.Signal, 8) // more than come while one is looked at
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, nearlyUp)
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

// patience is how long a command that is interrupted may take to end. Tests have more, since
// the machine may be busy.
var patience = 500 * time.Millisecond

// attentionKey is the context key of a command's *attention.
type attentionKey struct{}

// attention is what a command says of itself to who may have to interrupt it.
type attention struct {
	holds atomic.Bool // something that must be finished
	means atomic.Pointer[func(cause error) error]
}

// means says which error it is that a command was interrupted, with [Interrupted] as the cause,
// where it does not say so itself. The command may still run when it is called.
func means(ctx context.Context, what func(cause error) error) {
	if a, ok := ctx.Value(attentionKey{}).(*attention); ok {
		a.means.Store(&what)
	}
}

// told returns what it means that an error of the command comes of its interruption.
func (a *attention) told(ctx context.Context, err error) error {
	var own interruption
	what := a.means.Load()
	if what == nil || ctx.Err() == nil || !errors.Is(err, context.Canceled) || errors.As(err, &own) {
		return err
	}
	return (*what)(context.Cause(ctx))
}

// hold says that what is done until release ends in an orderly way when the command is
// interrupted, however long that takes: a training run writes a checkpoint.
func hold(ctx context.Context) (release func()) {
	a, ok := ctx.Value(attentionKey{}).(*attention)
	if !ok {
		return func() {}
	}
	a.holds.Store(true)
	return func() { a.holds.Store(false) }
}

// await runs a command until it ends or, once ctx is canceled, leaves it where it is: a
// computation of minutes may not look at its context. One that holds is waited for,
// which stderr is told.
func await(ctx context.Context, stderr io.Writer, command func(ctx context.Context) error) error {
	var a attention
	done := make(chan error, 1)
	go func() { done <- command(context.WithValue(ctx, attentionKey{}, &a)) }()
	select {
	case err := <-done:
		return a.told(ctx, err)
	case <-ctx.Done():
	}
	select {
	case err := <-done:
		return a.told(ctx, err)
	case <-time.After(patience):
	}
	if !a.holds.Load() {
		return a.told(ctx, context.Cause(ctx))
	}
	clear := ""
	if isTerminal(stderr) {
		clear = clearLine
	}
	fmt.Fprintf(stderr, "%s%v: the running step is made first; Ctrl-C again ends at once\n", clear, context.Cause(ctx))
	return a.told(ctx, <-done)
}

// interruption is the error of a command that was interrupted, and what goes on with it.
type interruption struct {
	error
	then string
}

func (i interruption) Error() string { return i.error.Error() + i.then }

// Unwrap returns the cause.
func (i interruption) Unwrap() error { return i.error }

// withCause returns the cause of a canceled context in place of an error that comes of
// the canceling, unless it says what goes on.
func withCause(ctx context.Context, err error) error {
	var told interruption
	switch {
	case ctx.Err() == nil || !errors.Is(err, context.Canceled):
		return err
	case errors.As(err, &told):
		return told
	}
	return context.Cause(ctx)
}
