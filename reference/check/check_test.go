package check

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/reference/golden"
	"entrec/reference/report"
)

// doubled is the case y = 2·x of two elements, whose gradient is 2·ct.
func doubled(name string, x1, x2 float64) *golden.Case {
	return &golden.Case{
		Name: name, Op: "double", Attrs: golden.Attrs{"wrt": []any{"x"}},
		In:   map[string]*golden.Array{"x": golden.FromSlice([]float64{x1, x2}, 2)},
		CT:   map[string]*golden.Array{"y": golden.FromSlice([]float64{3, -1}, 2)},
		Out:  map[string]*golden.Array{"y": golden.FromSlice([]float64{2 * x1, 2 * x2}, 2)},
		Grad: map[string]*golden.Array{"x": golden.FromSlice([]float64{6, -2}, 2)},
	}
}

// double answers operation double.
func double(c *golden.Case) (*golden.Answer, error) {
	if c.Op != "double" {
		return nil, fmt.Errorf("%s: %w", c.Op, golden.ErrUnsupported)
	}
	x, ct := c.In["x"], c.CT["y"]
	if x == nil || len(x.Data) != 2 {
		return nil, golden.Refuse(c.Op, "x is not a pair")
	}
	return &golden.Answer{
		Out:  map[string]*golden.Array{"y": golden.FromSlice([]float64{2 * x.Data[0], 2 * x.Data[1]}, 2)},
		Grad: map[string]*golden.Array{"x": golden.FromSlice([]float64{2 * ct.Data[0], 2 * ct.Data[1]}, 2)},
	}, nil
}

// suiteOf is a suite of cases; those without outputs must be refused.
func suiteOf(cases ...*golden.Case) *golden.Suite {
	s := &golden.Suite{Manifest: golden.Manifest{Gaps: map[golden.Profile][]string{golden.BF16: {"one"}}}, Loaded: cases}
	for _, c := range cases {
		s.Cases = append(s.Cases, golden.Entry{File: c.Name + golden.Extension, Op: c.Op, Attrs: c.Attrs, Reject: len(c.Out) == 0,
			Tolerances: map[golden.Profile]map[string]golden.Tolerance{golden.F32: {"out/y": {Rtol: 1e-6}, "grad/x": {Atol: 1e-6}}}})
	}
	return s
}

// small is a suite of five cases, one of them of another operation and one to be
// refused.
func small() *golden.Suite {
	other := doubled("other", 1, 2)
	other.Op = "treble"
	return suiteOf(doubled("one", 1, 2), doubled("deep/two", 3, -4), doubled("three", 0.5, 8), other, rejected())
}

// rejected is a question that must be refused.
func rejected() *golden.Case {
	return &golden.Case{Name: "reject/double", Op: "double", Attrs: golden.Attrs{}, In: map[string]*golden.Array{"x": golden.Scalar(1)}}
}

// verdicts returns a report's verdicts by case.
func verdicts(r *report.Report) map[string]report.Verdict {
	all := map[string]report.Verdict{}
	for _, res := range r.Results {
		all[res.Case] = res.Verdict
	}
	return all
}

func TestCheckInProcess(t *testing.T) {
	var steps []int
	r, err := Run(context.Background(), small(), InProcess{golden.BackendFunc(double), 2}, Options{
		Profile: golden.F32, Progress: func(done, total int) { steps = append(steps, done, total) }})
	require.NoError(t, err)
	require.NoError(t, r.Err())
	require.Equal(t, map[string]report.Verdict{"one": report.Pass, "deep/two": report.Pass, "three": report.Pass, "other": report.Unsupported, "reject/double": report.Pass}, verdicts(r))
	require.Equal(t, []int{0, 5, 1, 5, 2, 5, 3, 5, 4, 5, 5, 5}, steps)
}

// TestCheckFails plants a flaw in the answer to case "one", or a refusal in it.
func TestCheckFails(t *testing.T) {
	for name, tc := range map[string]struct {
		spoil func(a *golden.Answer) (*golden.Answer, error)
		want  report.Verdict
	}{
		"sign":    {func(a *golden.Answer) (*golden.Answer, error) { a.Grad["x"].Data[1] = 2; return a, nil }, report.Mismatch},
		"missing": {func(a *golden.Answer) (*golden.Answer, error) { delete(a.Out, "y"); return a, nil }, report.MissingTensor},
		"refused": {func(*golden.Answer) (*golden.Answer, error) { return nil, golden.Refuse("double", "no") }, report.Refused},
		"error":   {func(*golden.Answer) (*golden.Answer, error) { return nil, errors.New("no") }, report.Crash},
		"panic":   {func(*golden.Answer) (*golden.Answer, error) { panic("no") }, report.Crash},
		"nothing": {func(*golden.Answer) (*golden.Answer, error) { return nil, ErrNoAnswer }, report.NoAnswer},
	} {
		t.Run(name, func(t *testing.T) {
			backend := golden.BackendFunc(func(c *golden.Case) (*golden.Answer, error) {
				a, err := double(c)
				if c.Name == "one" {
					return tc.spoil(a)
				}
				return a, err
			})
			r, err := Run(context.Background(), small(), InProcess{backend, 1}, Options{Profile: golden.F32})
			require.NoError(t, err)
			require.EqualError(t, r.Err(), "1 of 4 cases failed")
			require.Equal(t, tc.want, verdicts(r)["one"])
			require.Equal(t, tc.want, r.Ops[0].Verdict)
			require.NotEmpty(t, r.Ops[0].Why)
			require.NotContains(t, r.Ops[0].Why, "\n")
		})
	}
}

// TestNothingRunIsAFailure: a backend that supports nothing does not pass, nor one that
// answers what must be refused, nor one that forgets a case.
func TestNothingRunIsAFailure(t *testing.T) {
	s := small()
	empty := golden.BackendFunc(func(c *golden.Case) (*golden.Answer, error) { return nil, golden.ErrUnsupported })
	r, err := Run(context.Background(), s, InProcess{empty, 1}, Options{Profile: golden.F32})
	require.NoError(t, err)
	require.EqualError(t, r.Err(), "no case was run")

	r, err = Run(context.Background(), s, forgetful{}, Options{Profile: golden.F32})
	require.NoError(t, err)
	require.EqualError(t, r.Err(), "2 cases were run and 1 declared unsupported, expected 5")

	hasty := golden.BackendFunc(func(c *golden.Case) (*golden.Answer, error) {
		if a, err := double(c); err == nil {
			return a, nil
		}
		return &golden.Answer{}, nil
	})
	r, err = Run(context.Background(), s, InProcess{hasty, 1}, Options{Profile: golden.F32})
	require.NoError(t, err)
	require.Error(t, r.Err())
	require.Equal(t, report.Accepted, verdicts(r)["reject/double"])
}

// forgetful replies to every other case.
type forgetful struct{}

func (forgetful) Ask(ctx context.Context, cases []*golden.Case, reply func(i int, r Reply)) (report.Declaration, error) {
	for i, c := range cases {
		if i%2 == 1 {
			a, err := double(c)
			reply(i, Reply{Answer: a, Err: err})
		}
	}
	a, err := double(cases[0])
	reply(0, Reply{Answer: a, Err: err})
	return report.Declaration{}, nil
}

func TestProfilesAndOps(t *testing.T) {
	s := small()
	for i, e := range s.Cases { // bf16 compares the outputs alone
		s.Cases[i].Tolerances = maps.Clone(e.Tolerances)
		s.Cases[i].Tolerances[golden.BF16] = map[string]golden.Tolerance{"out/y": {Rtol: 1e-2}}
		s.Cases[i].Excluded = map[golden.Profile]map[string]string{golden.BF16: {"grad/x": "too noisy"}}
	}
	ask := InProcess{golden.BackendFunc(func(c *golden.Case) (*golden.Answer, error) {
		a, err := double(c)
		if err == nil {
			a.Out["y"].Data[0] *= 1 + 1e-8
		}
		return a, err
	}), 1}
	r, err := Run(context.Background(), s, ask, Options{Profile: golden.F64, Select: Selection{Ops: []string{"double"}}})
	require.NoError(t, err)
	require.EqualError(t, r.Err(), "3 of 4 cases failed")
	require.Equal(t, 4, r.Expected)

	// What a profile does not compare must still be answered in its shape; what it
	// lists as a gap is not asked.
	r, err = Run(context.Background(), s, ask, Options{Profile: golden.BF16, Select: Selection{Ops: []string{"double"}}})
	require.NoError(t, err)
	require.NoError(t, r.Err())
	require.Equal(t, 3, r.Expected)

	_, err = Run(context.Background(), s, ask, Options{Profile: "f8"})
	require.EqualError(t, err, `profile: found "f8", expected one of [f32 tf32 bf16 f16 f64]`)
	_, err = Run(context.Background(), s, ask, Options{Profile: golden.F32, Select: Selection{Ops: []string{"knit"}}})
	require.EqualError(t, err, `operation: found "knit", which the suite does not have, expected one of double, treble`)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	r, err = Run(ctx, s, ask, Options{Profile: golden.F32})
	require.ErrorIs(t, err, context.Canceled)
	require.NotEmpty(t, r.Stopped)
}

// TestFlushToZero: 0 in the place of a subnormal number passes where the backend declares it.
func TestFlushToZero(t *testing.T) {
	s := suiteOf(doubled("tiny", 1e-40, 1))
	s.Cases[0].Elements = map[golden.Profile]map[string]golden.Elements{golden.F32: {"out/y": {Absolute: 1e-44, Relative: 1e-6}}}
	for _, declared := range []bool{true, false} {
		r, err := Run(context.Background(), s, askerFunc(func(cases []*golden.Case, reply func(i int, r Reply)) {
			a, err := double(cases[0])
			require.NoError(t, err)
			a.Out["y"].Data[0] = 0
			reply(0, Reply{Answer: a, FlushToZero: declared})
		}), Options{Profile: golden.F32})
		require.NoError(t, err)
		require.Equal(t, declared, r.Err() == nil)
	}
}

// askerFunc makes a function an Asker that declares nothing.
type askerFunc func(cases []*golden.Case, reply func(i int, r Reply))

func (f askerFunc) Ask(_ context.Context, cases []*golden.Case, reply func(i int, r Reply)) (report.Declaration, error) {
	f(cases, reply)
	return report.Declaration{}, nil
}

// TestRefusalsNeedAnswers: a backend that answers nothing, or errs always, passes no
// refusal, also where nothing else is asked.
func TestRefusalsNeedAnswers(t *testing.T) {
	for name, answer := range map[string]golden.BackendFunc{
		"refuses all":   func(c *golden.Case) (*golden.Answer, error) { return nil, golden.Refuse(c.Op, "no") },
		"errs always":   func(*golden.Case) (*golden.Answer, error) { return nil, errors.New("no") },
		"never answers": func(*golden.Case) (*golden.Answer, error) { return nil, ErrNoAnswer },
	} {
		for _, only := range [][]string{nil, {"reject/double"}} {
			r, err := Run(context.Background(), small(), InProcess{answer, 1}, Options{Profile: golden.F32, Select: Selection{Only: only}})
			require.NoError(t, err)
			require.Equal(t, r.Expected, r.Failed, name)
			require.Contains(t, r.Results[len(r.Results)-1].Why, "no refusal counts", name)
		}
	}
	r, err := Run(context.Background(), small(), InProcess{golden.BackendFunc(double), 1}, Options{Profile: golden.F32, Select: Selection{Cases: []string{"reject*"}}})
	require.NoError(t, err)
	require.NoError(t, r.Err())
	require.Equal(t, map[string]report.Verdict{"reject/double": report.Pass}, verdicts(r))
}

func TestSelection(t *testing.T) {
	s := small()
	for _, tc := range []struct {
		what Selection
		want []int
	}{
		{Selection{}, []int{0, 1, 2, 3, 4}},
		{Selection{Ops: []string{"tr*", "d?uble"}}, []int{0, 1, 2, 3, 4}},
		{Selection{Ops: []string{"treble"}}, []int{3}},
		{Selection{Cases: []string{"*double", "deep.two"}}, []int{1, 4}},
		{Selection{Cases: []string{"t[gh]ree"}}, []int{2}},
		{Selection{Only: []string{"deep/two", "one"}, Ops: []string{"double"}}, []int{0, 1}},
		{Selection{Shard: 1, Shards: 2}, []int{0, 2, 4}},
		{Selection{Shard: 2, Shards: 2, Ops: []string{"double"}}, []int{1, 4}},
		{Selection{Shard: 6, Shards: 7}, nil},
	} {
		found, err := tc.what.of(s)
		require.NoError(t, err)
		require.Equal(t, tc.want, found, "%+v", tc.what)
	}
	for _, tc := range []struct {
		what Selection
		want string
	}{
		{Selection{Ops: []string{"quad*"}}, `operation: found "quad*", which the suite does not have, expected one of double, treble`},
		{Selection{Ops: []string{"["}}, `operation: found "[", which the suite does not have, expected one of double, treble`},
		{Selection{Cases: []string{"thre"}}, `case: found "thre", which the suite does not have, expected one of three, one, deep/two, other, reject/double`},
		{Selection{Only: []string{"re*"}}, `case: found "re*", which the suite does not have, expected one of reject/double, one, deep/two, three, other`},
	} {
		_, err := tc.what.of(s)
		require.EqualError(t, err, tc.want)
	}
}

// TestForward: outputs alone are asked for, and the report says what was not.
func TestForward(t *testing.T) {
	s := small()
	about := rejected()
	about.Name, about.Attrs = "reject/wrt", golden.Attrs{"wrt": []any{"y"}}
	gradients := suiteOf(about)
	s.Cases, s.Loaded = append(s.Cases, gradients.Cases...), append(s.Loaded, gradients.Loaded...)
	forward := golden.BackendFunc(func(c *golden.Case) (*golden.Answer, error) {
		if len(c.CT) > 0 || c.Attrs["wrt"] != nil {
			return nil, errors.New("asked for a gradient")
		}
		q := *c
		q.CT = map[string]*golden.Array{"y": golden.NewArray(2)}
		a, err := double(&q)
		if err == nil {
			a.Grad = nil
		}
		return a, err
	})
	r, err := Run(context.Background(), s, InProcess{forward, 1}, Options{Profile: golden.F32, Forward: true})
	require.NoError(t, err)
	require.NoError(t, r.Err())
	require.Equal(t, report.Tensors{Compared: 3, NotAsked: 4}, r.Tensors)
	require.Equal(t, []string{"reject/wrt"}, r.NotAsked)
	require.NotNil(t, s.Loaded[0].CT, "the suite stays as it is")
}

func TestFailFast(t *testing.T) {
	wrong := golden.BackendFunc(func(c *golden.Case) (*golden.Answer, error) {
		a, err := double(c)
		if c.Name == "deep/two" {
			a.Out["y"].Data[0]++
		}
		return a, err
	})
	r, err := Run(context.Background(), small(), InProcess{wrong, 1}, Options{Profile: golden.F32, FailFast: true})
	require.NoError(t, err)
	require.Error(t, r.Err())
	require.Equal(t, report.Mismatch, verdicts(r)["deep/two"])
	require.NotContains(t, verdicts(r), "reject/double")
	require.Equal(t, "the first failure", r.Stopped)
}

// TestRepeat: bits are compared between repeats, and what fails once only is told.
func TestRepeat(t *testing.T) {
	asked := map[string]int{}
	backend := golden.BackendFunc(func(c *golden.Case) (*golden.Answer, error) {
		a, err := double(c)
		asked[c.Name]++
		switch {
		case c.Name == "one" && asked[c.Name] == 2:
			a.Out["y"].Data[1] = math.Nextafter(a.Out["y"].Data[1], 9)
		case c.Name == "three" && asked[c.Name] == 1:
			a.Out["y"].Data[0]++
		case c.Name == "deep/two":
			a.Out["y"].Data[0]++
		}
		return a, err
	})
	r, err := Run(context.Background(), small(), InProcess{backend, 1}, Options{Profile: golden.F32, Repeat: 3, Select: Selection{Cases: []string{"one"}}})
	require.NoError(t, err)
	require.Equal(t, report.Nondeterministic, verdicts(r)["one"])
	require.Contains(t, r.Results[0].Why, "out/y: 1 of 2 elements differ between repeats, the first 4 and then 4")
	require.Error(t, r.Err())
	require.Equal(t, 3, asked["one"])
	r, err = Run(context.Background(), small(), InProcess{backend, 1}, Options{Profile: golden.F32, Again: true})
	require.NoError(t, err)
	require.Equal(t, []report.Verdict{report.Flaky, report.Mismatch}, []report.Verdict{verdicts(r)["three"], verdicts(r)["deep/two"]})
	require.Equal(t, "", unlike(Reply{Err: ErrNoAnswer}, Reply{Err: ErrNoAnswer}))
	require.NotEmpty(t, unlike(Reply{Err: ErrNoAnswer}, Reply{Answer: &golden.Answer{}}))
	one := func(shape ...int) Reply {
		return Reply{Answer: &golden.Answer{Out: map[string]*golden.Array{"y": golden.NewArray(shape...)}}}
	}
	require.NotEmpty(t, unlike(one(2), one(1, 2)))
	require.NotEmpty(t, unlike(one(2), Reply{Answer: &golden.Answer{}}))
}

func TestExpectations(t *testing.T) {
	all, err := ParseExpectations("xfail.txt", "# ours\n\none  no eps yet\ndeep.*\tslow, too\r\n")
	require.NoError(t, err)
	require.Equal(t, []Expectation{{"one", "no eps yet", "xfail.txt:3"}, {"deep.*", "slow, too", "xfail.txt:4"}}, all)
	_, err = ParseExpectations("xfail.txt", "one reason\ntwo\n")
	require.EqualError(t, err, `xfail.txt:2: found no reason for "two", expected a glob of cases and a reason`)
	wrong := golden.BackendFunc(func(c *golden.Case) (*golden.Answer, error) {
		a, err := double(c)
		if c.Name == "deep/two" {
			a.Out["y"].Data[0]++
		}
		return a, err
	})
	r, err := Run(context.Background(), small(), InProcess{wrong, 1}, Options{Profile: golden.F32, Expect: all, FailFast: true, Again: true})
	require.NoError(t, err)
	require.NoError(t, r.Err())
	require.Equal(t, 1, r.Excused)
	require.Equal(t, []string{"one passes, which was expected to fail (no eps yet)"}, r.Unexpected)
	require.Equal(t, []string{"out/y: 1 of 2 elements are off, only at index 0 of axis 0, which has 2"}, r.Results[1].Diagnosis)
	_, err = Run(context.Background(), small(), InProcess{wrong, 1}, Options{Profile: golden.F32, Expect: []Expectation{{"four", "none", "xfail.txt:1"}}})
	var unknown *SelectionError
	require.ErrorAs(t, err, &unknown)
	require.ErrorContains(t, err, `xfail.txt:1: case: found "four"`)
}
