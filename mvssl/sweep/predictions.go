package sweep

import (
	"fmt"
	"slices"

	"entrec/internal/parallel"
	"entrec/mvssl/runs"
	"entrec/mvssl/train"
)

// hits say of a run which images its classifier has right.
type hits struct {
	labels train.Classes
	right  []bool
}

// predicted are the hits of all runs, nil where a run keeps none.
type predicted []*hits

// predictions reads what the primary column is the mean of, where runs have kept it.
func (p *Plan) predictions(ended []*runs.History) (predicted, error) {
	of := make(predicted, len(ended))
	primary := p.File.primary()
	if len(p.File.Table.Compare)+len(p.File.Table.Contrasts) == 0 || column(primary).classes == nil {
		return of, nil
	}
	for i, h := range ended {
		if h == nil || h.Summary.PredictionsSHA256 == "" {
			continue
		}
		kept, err := train.ReadPredictions(h.Dir, h.Summary)
		if err != nil {
			return nil, err
		}
		of[i] = &hits{kept.Labels, make([]bool, kept.Images)}
		for n, class := range column(primary).classes(kept) {
			of[i].right[n] = class == kept.Labels[n]
		}
	}
	return of, nil
}

// values returns what each image adds to a sum of rows, by seed, for the seeds that have
// ended in all of them; false where some run among those keeps no predictions.
func (of predicted) values(p *Plan, c Comparison) (values [][]int32, ok bool, err error) {
	var labels train.Classes
	for s := range p.File.Seeds {
		if !c.seeds[s] {
			continue
		}
		var sum []int32
		for _, side := range []struct {
			rows []int
			sign int32
		}{{c.plus, 1}, {c.minus, -1}} {
			for _, row := range side.rows {
				at := s*len(p.Rows) + row
				h := of[at]
				if h == nil {
					return nil, false, nil
				}
				if labels == nil {
					labels = h.labels
				}
				if !slices.Equal(labels, h.labels) {
					return nil, false, fmt.Errorf("%s: run %d: found predictions of other images than those of the runs that it is compared with", c.Name, at)
				}
				if sum == nil {
					sum = make([]int32, len(labels))
				}
				for i, right := range h.right {
					if right {
						sum[i] += side.sign
					}
				}
			}
		}
		values = append(values, sum)
	}
	return values, len(values) > 1, nil
}

// bootstrap fills in the second intervals of comparisons whose runs have all kept their
// predictions, of two seeds or more.
func (of predicted) bootstrap(p *Plan, lists ...[]Comparison) error {
	var to []*Comparison
	var values [][][]int32
	for _, list := range lists {
		for i := range list {
			v, ok, err := of.values(p, list[i])
			if err != nil {
				return err
			}
			if ok {
				to, values = append(to, &list[i]), append(values, v)
			}
		}
	}
	parallel.For(len(to), func(i int) {
		b := Bootstrap(values[i])
		to[i].Bootstrap = &b
	})
	return nil
}
