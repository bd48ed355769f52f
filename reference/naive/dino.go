package naive

import "entrec/reference/portable"

// DINO returns, over all pairs of a teacher's view i and a student's view j ≠ i, the mean
// of the batch mean of
//
//	−Σ_c softmax((teacher_i − center)/τ_t) · log_softmax(student_j/τ_s)
//
// for student (s, k, c), teacher (t, k, c) and center (c) (Caron et al., 2021,
// equation 3; facebookresearch/dino, main_dino.py).
func DINO(student, teacher [][][]float64, center []float64, studentTemperature, teacherTemperature float64) float64 {
	var loss portable.Sum
	dinoPairs(student, teacher, func(i, j, n int) {
		p := dinoTarget(teacher[i][n], center, teacherTemperature)
		for c, logq := range logSoftmax(divided(student[j][n], studentTemperature)) {
			loss.Add(-float64(p[c] * logq))
		}
	})
	return loss.Value() / float64(dinoTerms(student, teacher))
}

// DINOGrad returns the gradient with respect to the student; teacher and center are
// constants: the sum over pairs of
// (softmax(student_j/τ_s) − softmax((teacher_i − center)/τ_t))·ct/(pairs·k·τ_s).
func DINOGrad(student, teacher [][][]float64, center []float64, studentTemperature, teacherTemperature, ct float64) [][][]float64 {
	g := newBlocks(len(student), len(student[0]), len(center))
	by := ct / float64(float64(dinoTerms(student, teacher))*studentTemperature)
	dinoPairs(student, teacher, func(i, j, n int) {
		p := dinoTarget(teacher[i][n], center, teacherTemperature)
		for c, q := range softmax(divided(student[j][n], studentTemperature)) {
			g[j][n][c] += float64(by * (q - p[c]))
		}
	})
	return g
}

// DINOCenter returns momentum·center + (1 − momentum)·mean of all the teacher's rows.
func DINOCenter(teacher [][][]float64, center []float64, momentum float64) []float64 {
	var rows [][]float64
	for _, view := range teacher {
		rows = append(rows, view...)
	}
	return EMAUpdate(center, MeanRow(rows), momentum)
}

// dinoPairs calls f for each pair of views i of the teacher and j ≠ i of the student
// and each sample n.
func dinoPairs(student, teacher [][][]float64, f func(i, j, n int)) {
	for i := range teacher {
		for j := range student {
			for n := range student[j] {
				if i != j {
					f(i, j, n)
				}
			}
		}
	}
}

// dinoTerms returns the number of pairs times that of samples.
func dinoTerms(student, teacher [][][]float64) int {
	s, t := len(student), len(teacher)
	return (s*t - min(s, t)) * len(student[0])
}

// dinoTarget returns softmax((teacher − center)/τ).
func dinoTarget(teacher, center []float64, temperature float64) []float64 {
	x := make([]float64, len(teacher))
	for c := range x {
		x[c] = (teacher[c] - center[c]) / temperature
	}
	return softmax(x)
}

func divided(x []float64, by float64) []float64 {
	return mapped(x, func(v float64) float64 { return v / by })
}
