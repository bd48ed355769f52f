package report

import "fmt"

// noticed is the error, in units of its tolerance, from which on one that has doubled is
// told.
const noticed = 0.1

// Since enters what has changed since an earlier report: new failures, what is lacking now,
// what is fixed, errors that have doubled. The error says that the reports are not of one profile.
func (r *Report) Since(old *Report) error {
	if old.Profile != r.Profile {
		return fmt.Errorf("found a report of profile %s, expected %s", old.Profile, r.Profile)
	}
	before := map[string]Result{}
	for _, res := range old.Results {
		before[res.Case] = res
	}
	r.Changes = []string{}
	change := func(format string, args ...any) { r.Changes = append(r.Changes, fmt.Sprintf(format, args...)) }
	for _, res := range r.Results {
		was, there := before[res.Case]
		switch {
		case !there:
		case res.Verdict.Failure() && !was.Verdict.Failure():
			change("new failure: %s: %s: %s", res.Case, res.Verdict, res.Explained())
		case res.Verdict == Unsupported && was.Verdict != Unsupported:
			change("lacking now: %s, which was: %s", res.Case, was.Verdict)
		case res.Verdict == Pass && was.Verdict.Failure():
			change("fixed: %s, which was: %s", res.Case, was.Verdict)
		case res.Worst >= noticed && res.Worst > 2*was.Worst && !res.Verdict.Failure():
			change("error doubled: %s: from %.2g to %.2g of its tolerance", res.Case, float64(was.Worst), float64(res.Worst))
		}
	}
	return nil
}
