package suite

import (
	"fmt"
	"slices"
	"strings"

	"entrec/reference"
)

// Version is the generator's. It changes with the suite.
const Version = 1

const generator = "entrec golden export"

// operations are the cases of all operations.
func (s *sheet) operations() {
	s.products()
	s.convolutions()
	s.normalisations()
	s.activations()
	s.softmaxes()
	s.attentions()
	s.pooling()
	s.contrastive()
	s.entropies()
	s.asymmetric()
	s.updates()
	s.images()
}

// drafts returns the suite's cases in the order of their files.
func drafts() []*draft {
	s := &sheet{}
	s.operations()
	s.rejects()
	s.traces()
	slices.SortFunc(s.drafts, func(a, b *draft) int { return strings.Compare(a.Name, b.Name) })
	return s.drafts
}

// Cases returns the suite's cases with their answers, in the order of their names.
func Cases() ([]*reference.Case, error) {
	all := drafts()
	cases := make([]*reference.Case, len(all))
	for i, d := range all {
		if i > 0 && all[i-1].Name == d.Name {
			return nil, fmt.Errorf("%s stands twice", d.Name)
		}
		c, err := d.finish()
		if err != nil {
			return nil, err
		}
		cases[i] = c
	}
	return cases, nil
}
