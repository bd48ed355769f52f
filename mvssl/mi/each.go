package mi

import "context"

// each asks estimators that are trained alike of tasks one by one, by a critic of its own for
// each task.
func (s *Settings) each(ctx context.Context, estimators []Estimator, tasks []Task) ([][]Cell, error) {
	cells := make([][]Cell, len(estimators))
	progress := s.Progress
	for n, task := range tasks {
		one := *s
		one.Progress = func(done, total int) {
			if progress != nil {
				progress(n*total+done, len(tasks)*total)
			}
		}
		of, err := one.ask(ctx, estimators, task)
		if err != nil {
			return nil, err
		}
		for i, c := range of {
			cells[i] = append(cells[i], c)
		}
	}
	return cells, nil
}

// ask returns a cell for each of the estimators; of those that do not fit the task, why.
func (s *Settings) ask(ctx context.Context, estimators []Estimator, task Task) ([]Cell, error) {
	cells := make([]Cell, len(estimators))
	src := task.source(s.Seed)
	var fitting []Estimator
	var at []int // where the cell of each stands
	for i, e := range estimators {
		cells[i] = Cell{Task: task.Name, Truth: task.MI}
		if err := s.fits(e, src); err != nil {
			cells[i].Failed = err.Error()
			continue
		}
		fitting, at = append(fitting, e), append(at, i)
	}
	if fitting == nil {
		return cells, nil
	}
	list, _, err := s.train(ctx, fitting, src)
	if err != nil {
		return nil, err
	}
	for i, o := range list {
		c := &cells[at[i]]
		if o.err != nil {
			c.Failed = o.err.Error()
			continue
		}
		c.judge(o.estimates)
	}
	return cells, nil
}

// ofPairs asks an estimator without a critic of tasks.
func (s *Settings) ofPairs(ctx context.Context, tasks []Task) ([]Cell, error) {
	var cells []Cell
	for _, task := range tasks {
		cell := Cell{Task: task.Name, Truth: task.MI}
		r, err := task.Measure(ctx, *s)
		switch {
		case ctx.Err() != nil:
			return nil, context.Cause(ctx)
		case err != nil:
			cell.Failed = err.Error()
		default:
			cell.Mean = &r.Value
			if r.StandardError != nil {
				v := *r.StandardError * *r.StandardError
				cell.Variance = &v
			}
		}
		cells = append(cells, cell)
	}
	return cells, nil
}
