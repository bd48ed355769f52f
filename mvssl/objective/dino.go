package objective

import (
	"entrec/autograd"
	"entrec/tensor"
)

// DINOConfig sets [DINO].
type DINOConfig struct {
	StudentTemperature float64 // 0.1 in the paper
	TeacherTemperature float64 // 0.04 to 0.07; lower is sharper
}

// DINO returns DINO's loss for the scores of s views by the student (s, k, c) and
// of the first t of them by the teacher (t, k, c), for k samples and c prototypes;
// center (c) is subtracted from the teacher's. With P_i =
// softmax((teacher_i − center)/τ_t), it is the mean over the pairs of a teacher's
// view i and a student's view j ≠ i and over the batch of
//
//	−Σ_c P_i·log softmax(student_j/τ_s)
//
// teacher and center are constants. Caron et al. (2021), equation 1 and algorithm
// 1; facebookresearch/dino main_dino.py, DINOLoss. Row by row in float64; gradient
// for a student's row: Σ_{i≠j} (softmax_j − P_i)/τ_s. It panics with a
// *tensor.ShapeError where the shapes do not fit or there is no pair.
func DINO[T Float](student *autograd.Var[T], teacher, center *tensor.Tensor[T], cfg DINOConfig) *autograd.Var[T] {
	const op = "objective.DINO"
	checkTeacher(op, teacher, center)
	if student.Value.Rank() != 3 || student.Value.Dim(1) != teacher.Dim(1) || student.Value.Dim(2) != teacher.Dim(2) {
		tensor.Refuse(op, "student (s,k,c) and teacher (t,k,c) are needed", student.Shape(), teacher.Shape())
	}
	s, t, k, c := student.Value.Dim(0), teacher.Dim(0), teacher.Dim(1), teacher.Dim(2)
	pairs := s*t - min(s, t)
	if pairs == 0 {
		tensor.Refuse(op, "two different views are needed", student.Shape(), teacher.Shape())
	}
	xs, xt := tensor.Contiguous(student.Value).Data(), tensor.Contiguous(teacher).Data()
	centers := tensor.Contiguous(center).Data()
	// rows calls f for each view j of each sample with its index in xs, the
	// logarithm of its assignment and the sum of the teacher's over the views i ≠ j.
	rows := func(f func(sample, at int, logp, target []float64)) {
		blocks(k, func(lo, hi int) {
			p := make([]float64, t*c)
			logp, target := make([]float64, c), make([]float64, c)
			for r := lo; r < hi; r++ {
				for i := range t {
					pi := p[i*c : (i+1)*c]
					for l, v := range xt[(i*k+r)*c : (i*k+r+1)*c] {
						pi[l] = (float64(v) - float64(centers[l])) / cfg.TeacherTemperature
					}
					softmax(pi)
				}
				for j := range s {
					at := (j*k + r) * c
					logSoftmax(logp, xs[at:at+c], cfg.StudentTemperature)
					clear(target)
					for i := range t {
						if i != j {
							addTo(target, p[i*c:(i+1)*c])
						}
					}
					f(r, at, logp, target)
				}
			}
		})
	}
	losses := make([]float64, k)
	rows(func(r, _ int, logp, target []float64) { losses[r] -= dot(target, logp) })
	n := float64(pairs) * float64(k)
	return autograd.Function(tensor.Scalar(T(sum(losses)/n)), func(g *tensor.Tensor[T], dst []*tensor.Tensor[T]) {
		scale := float64(g.Item()) / n / cfg.StudentTemperature
		rows(func(_, at int, logp, target []float64) { crossEntropyGrad(dst[0].Data()[at:at+c], logp, target, scale) })
	}, student)
}

// DINOCenter moves the center (c) toward the mean of all rows of the teacher's
// scores (t, k, c), in place:
//
//	center ← momentum·center + (1−momentum)·mean_{t,k} teacher
//
// The loss of a step uses the center from before it: facebookresearch/dino
// main_dino.py, update_center, momentum 0.9. It panics with a *tensor.ShapeError
// where the shapes do not fit.
func DINOCenter[T Float](center, teacher *tensor.Tensor[T], momentum float64) {
	checkTeacher("objective.DINOCenter", teacher, center)
	c := center.Len()
	total := make([]float64, c)
	x := tensor.Contiguous(teacher).Data()
	for at := 0; at < len(x); at += c {
		for l, v := range x[at : at+c] {
			total[l] += float64(v)
		}
	}
	rows := float64(len(x) / c)
	for l, v := range center.Data() {
		center.Data()[l] = T(momentum*float64(v) + (1-momentum)*total[l]/rows)
	}
}

func checkTeacher[T Float](op string, teacher, center *tensor.Tensor[T]) {
	if teacher.Rank() != 3 || teacher.Len() == 0 || center.Rank() != 1 || center.Len() != teacher.Dim(2) {
		tensor.Refuse(op, "teacher (t,k,c) and center (c) are needed", teacher.Shape(), center.Shape())
	}
}
