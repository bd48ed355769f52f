package suite

// estimators are the cases of the estimators of mutual information by a critic's scores.
// Those that take e^s for what it is (nwj, tuba, js, interpolated) are not asked for it
// where no number holds it.
func (s *sheet) estimators() {
	for _, op := range []struct {
		name  string
		attrs []any
		tall  bool // is finite where others' scores are a thousand
	}{
		{"mi_dv", nil, true},
		{"mi_mine", []any{"log_running", 0.5, "decay", 0.875}, true},
		{"mi_nwj", nil, false},
		{"mi_tuba", nil, false},
		{"mi_js", nil, false},
		{"mi_smile", []any{"tau", 1.0}, true},
		{"mi_interpolated", []any{"alpha", 0.5}, false},
		{"mi_infonce", nil, true},
		{"mi_club", nil, true},
	} {
		begin := func(name string, scale float64, k int) *draft {
			return s.scored(op.name, name, scale, k, op.attrs...)
		}
		begin("2x2", 1, 2)
		if op.name != "mi_mine" { // which has two of five pairs below
			begin("5x5", 1, 5)
		}
		begin("17x17", 2, 17)
		begin("33x33", 0.5, 33)
		begin("small-scores", 0.01, 6)
		// Two of the scores of the product are not far down.
		apart := func(name string, of, others float64) {
			c := begin(name, 1, 6)
			for i, row := range rowsOf(c.In["scores"]) {
				for j := range row {
					row[j] = exact(row[j] + others)
				}
				row[i] = exact(row[i] + of - others)
			}
			rowsOf(c.In["scores"])[0][1], rowsOf(c.In["scores"])[3][2] = 0.5, -0.25
		}
		apart("told-apart", 1000, -1000)
		if op.name != "mi_infonce" { // which is log k there already
			apart("sure", 30, -30)
		}
		if op.tall {
			apart("mistaken", -1000, 1000)
		}
		c := begin("all-equal", 1, 4)
		for i := range c.In["scores"].Data {
			c.In["scores"].Data[i] = 1.5
		}
		c = begin("duplicates", 1, 6)
		repeatRow(c.In["scores"], 0, 1, 2)
	}
	s.scored("mi_mine", "first", 1, 5, "log_running", 0.0, "decay", 0.0)
	s.scored("mi_mine", "slow", 1, 5, "log_running", 3.0, "decay", 0.99)
	s.scored("mi_smile", "not-clipped", 1, 5, "tau", 32.0)
	s.scored("mi_smile", "tau5", 8, 9, "tau", 5.0)
	s.scored("mi_interpolated", "alpha0", 1, 5, "alpha", 0.0)
	s.scored("mi_interpolated", "alpha1", 1, 5, "alpha", 1.0)
	s.scored("mi_interpolated", "alpha-small", 1, 5, "alpha", 0.01)
	shift(s.scored("mi_tuba", "low-baseline", 1, 5).In["log_baseline"], -4)
}

// scored begins a case of an estimator, with baselines where it has some.
func (s *sheet) scored(op, name string, scale float64, k int, attrs ...any) *draft {
	inputs := []string{"scores"}
	if op == "mi_tuba" {
		inputs = append(inputs, "log_baseline")
	}
	c := s.begin(op, name, attrs...).wrt([]string{"estimate"}, inputs...)
	c.normal("scores", scale, k, k)
	if op == "mi_tuba" || op == "mi_interpolated" {
		c.normal("log_baseline", 1, k)
	}
	return c
}
