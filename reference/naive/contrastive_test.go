package naive

var contrastiveCases = []testCase{
	{"plain", "info_nce", attrs{"temperature": 0.5}, pairOf(5, 4), true},
	{"k 2", "info_nce", attrs{"temperature": 0.2}, pairOf(2, 3), true},
	{"k 1", "info_nce", attrs{"temperature": 0.2}, pairOf(1, 3), true},
	{"d 1", "info_nce", attrs{"temperature": 0.3}, pairOf(4, 1), true},
	{"cold", "info_nce", attrs{"temperature": 0.01}, pairOf(6, 8), false},
	{"duplicates", "info_nce", attrs{"temperature": 0.1}, duplicated(pairOf(6, 5)), true},
	{"plain", "nt_xent", attrs{"temperature": 0.5}, pairOf(5, 4), true},
	{"k 2", "nt_xent", attrs{"temperature": 0.2}, pairOf(2, 3), true},
	{"k 1", "nt_xent", attrs{"temperature": 0.2}, pairOf(1, 3), true},
	{"d 1", "nt_xent", attrs{"temperature": 0.3}, pairOf(4, 1), true},
	{"cold", "nt_xent", attrs{"temperature": 0.01}, pairOf(6, 8), false},
	{"duplicates", "nt_xent", attrs{"temperature": 0.1}, duplicated(pairOf(6, 5)), true},
}

// duplicated makes rows 0 and 1 of every input equal, and row 2 of z2 equal to row
// 2 of z1.
func duplicated(in func(s source) arrays) func(s source) arrays {
	return func(s source) arrays {
		all := in(s)
		for _, name := range sortedKeys(all) {
			rows := rowsOf(all[name])
			copy(rows[1], rows[0])
		}
		if all["z2"] != nil {
			copy(rowsOf(all["z2"])[2], rowsOf(all["z1"])[2])
		}
		return all
	}
}
