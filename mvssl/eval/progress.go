package eval

import "context"

type progressKey struct{}

// WithProgress returns a context under which the functions of this package call f
// now and then: with what they do, how much of it is done, and how much there is, 0
// where nobody knows.
func WithProgress(ctx context.Context, f func(what string, done, total int)) context.Context {
	return context.WithValue(ctx, progressKey{}, f)
}

// tell calls what [WithProgress] has set.
func tell(ctx context.Context, what string, done, total int) {
	if f, ok := ctx.Value(progressKey{}).(func(string, int, int)); ok {
		f(what, done, total)
	}
}
