package check

import (
	"context"
	"sync"
	"time"

	"entrec/reference/golden"
	"entrec/reference/report"
)

// Asker puts questions to a backend. It calls reply once for each, from any
// goroutine, with the index of the case. It returns what the backend declares of itself. Its own
// error says that it could not ask, or is a *[DeclarationError].
type Asker interface {
	Ask(ctx context.Context, cases []*golden.Case, reply func(i int, r Reply)) (report.Declaration, error)
}

var (
	_ Asker = InProcess{}
	_ Asker = Command{}
)

// Reply is an answer or the reason why there is none. The error wraps
// [golden.ErrUnsupported] or [ErrNoAnswer], or it is a *[golden.RefusedError],
// *[ExitError], *[TimeoutError], *[UnreadableError] or *safetensors.FormatError. Any other
// counts as a crash.
type Reply struct {
	Answer *golden.Answer
	Err    error
	// NoGradients is the reason why gradients that are missing from the answer are lacking, as
	// the backend declares; "" where it does not.
	NoGradients string
	// FlushToZero says that the backend declares that it takes subnormal numbers for 0.
	FlushToZero bool
	// Duration is how long it took where the question was asked by itself.
	Duration time.Duration
}

// InProcess asks a backend of this process, Jobs questions at a time.
type InProcess struct {
	Backend golden.Backend
	Jobs    int // at least 1
}

// Ask asks one case after another. Nothing is declared.
func (p InProcess) Ask(ctx context.Context, cases []*golden.Case, reply func(i int, r Reply)) (report.Declaration, error) {
	return report.Declaration{}, parallel(ctx, p.Jobs, len(cases), func(i int) error {
		c := *cases[i]
		c.Out, c.Grad = nil, nil
		begun := time.Now()
		a, err := golden.Ask(p.Backend, &c)
		reply(i, Reply{Answer: a, Err: err, Duration: time.Since(begun)})
		return nil
	})
}

// parallel calls f(0), …, f(n−1), at most jobs at a time, until one fails or ctx
// is done.
func parallel(ctx context.Context, jobs, n int, f func(i int) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	next := make(chan int)
	var wg sync.WaitGroup
	for range max(1, min(jobs, n)) {
		wg.Go(func() {
			for i := range next {
				if ctx.Err() != nil {
					continue // what was handed out when it was done
				}
				if err := f(i); err != nil {
					cancel(err)
				}
			}
		})
	}
feed:
	for i := range n {
		select {
		case next <- i:
		case <-ctx.Done():
			break feed
		}
	}
	close(next)
	wg.Wait()
	return context.Cause(ctx)
}
