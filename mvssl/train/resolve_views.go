package train

import (
	"errors"
	"fmt"
	"slices"
	"strconv"

	"entrec/mvssl"
	"entrec/mvssl/view"
)

// viewsOf returns the views that are asked for, or the method's, with what is asked
// of single fields.
func (r *Request) viewsOf(c Config, s Source) (views []mvssl.View, err error) {
	if asked, ok := r.tree["views"]; ok {
		list, ok := asked.([]any)
		if !ok {
			return nil, &FieldError{"views", fmt.Errorf("found %s, expected a list", kindOf(asked))}
		}
		views = make([]mvssl.View, len(list))
		for i, v := range list {
			for _, a := range leaves(nil, v) {
				if err := assignView(views, i, a); err != nil {
					return nil, err
				}
			}
		}
	} else {
		if views, err = c.usualViews(); err != nil {
			return nil, err
		}
	}
	for _, a := range r.views {
		if join(a.path) == WholeViews {
			if err := setWhole(views, c.Model, a.value); err != nil {
				return nil, err
			}
			continue
		}
		if err := setView(views, a); err != nil {
			return nil, err
		}
	}
	return views, normalize(views, s)
}

// usualViews returns the views that the method has as a rule, without a mean and a standard
// deviation, which are the data's.
func (c *Config) usualViews() ([]mvssl.View, error) {
	views, err := mvssl.DefaultViews(c.Model, c.Model.Encoder.Channels, c.Model.Encoder.Height)
	views = slices.Clone(views) // the method may keep its own
	for i := range views {
		views[i].Mean, views[i].Std = nil, nil
		if c.Resize != view.Shorter { // as which it goes by itself
			views[i].Resize = c.Resize
		}
	}
	return views, err
}

// normalize gives views without a mean or a standard deviation those of the source.
func normalize(views []mvssl.View, s Source) error {
	if !slices.ContainsFunc(views, func(v mvssl.View) bool { return v.Mean == nil || v.Std == nil }) {
		return nil
	}
	mean, std, err := s.MeanStd()
	if err != nil {
		return err
	}
	for i := range views {
		if views[i].Mean == nil {
			views[i].Mean = slices.Clone(mean)
		}
		if views[i].Std == nil {
			views[i].Std = slices.Clone(std)
		}
	}
	return nil
}

// WholeViews is the path by which [Request.Set] asks for a number of views of the whole
// image: as many more of the last kind as there are too few.
const WholeViews = "views.whole"

func setWhole(views []mvssl.View, m mvssl.Config, value any) error {
	n, err := strconv.Atoi(fmt.Sprint(value))
	if err != nil || len(views) == 0 {
		return &FieldError{WholeViews, fmt.Errorf("found %s, expected a whole number", kindOf(value))}
	}
	now := m.WholeViews(views)
	if n == now {
		return nil
	}
	row, err := mvssl.Find(m.Method)
	if err != nil {
		return err
	}
	if !row.MoreViews {
		return &FieldError{WholeViews, fmt.Errorf("found %d, expected the 2 of method %s", n, m.Method)}
	}
	last := &views[len(views)-1]
	if n < 2 || n > mvssl.MaxViews || last.Count+n-now < 1 {
		return &FieldError{WholeViews, fmt.Errorf("found %d, expected 2 to %d", n, mvssl.MaxViews)}
	}
	last.Count += n - now
	return nil
}

// setView stores an assignment views.N.FIELD, or views.*.FIELD for all. A blur that is
// turned on where there was none is SimCLR's.
func setView(views []mvssl.View, a assignment) error {
	first, last := 0, len(views)
	if which := a.path[1]; which != "*" {
		n, err := strconv.Atoi(which)
		if err != nil || n < 0 || n >= len(views) {
			return &FieldError{join(a.path), fmt.Errorf("found view %q, expected 0 to %d, or * for all", which, len(views)-1)}
		}
		first, last = n, n+1
	}
	for i := first; i < last; i++ {
		for _, leaf := range leaves(a.path[2:], a.value) {
			if v := &views[i]; join(leaf.path) == "blur.probability" && v.Blur == (view.BlurConfig{}) {
				v.Blur = view.SimCLRBlur(v.Size)
			}
			if err := assignView(views, i, leaf); err != nil {
				return err
			}
		}
	}
	return nil
}

// assignView stores a value in a field of view i.
func assignView(views []mvssl.View, i int, a assignment) error {
	at := fmt.Sprintf("views.%d", i)
	if len(a.path) == 0 {
		return &FieldError{at, fmt.Errorf("found %s, expected an object", kindOf(a.value))}
	}
	err := assign(&views[i], a)
	var field *FieldError
	if errors.As(err, &field) {
		return &FieldError{at + "." + field.Path, field.Err}
	}
	return err
}
