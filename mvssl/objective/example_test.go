package objective_test

import (
	"context"
	"fmt"
	"math/rand/v2"

	"entrec/autograd"
	"entrec/mvssl/objective"
	"entrec/tensor"
)

// two unit rows at right angles, and the same turned by a little.
var (
	first  = tensor.FromSlice([]float64{1, 0, 0, 1}, 2, 2)
	second = tensor.FromSlice([]float64{0.8, 0.6, -0.6, 0.8}, 2, 2)
)

func ExampleInfoNCE() {
	tape := autograd.NewTape[float64]()
	z1, z2 := tape.Leaf(first), tape.Leaf(second)
	loss := objective.InfoNCE(z1, z2, 0.5)
	tape.Backward(loss)
	fmt.Printf("%.4f\n", loss.Value.Item())
	fmt.Printf("%.4f\n", z1.Grad.Data())
	// Output:
	// 0.2860
	// [0.0000 0.0115 0.5618 0.0000]
}

func ExampleNTXent() {
	tape := autograd.NewTape[float64]()
	loss := objective.NTXent(tape.Leaf(first), tape.Leaf(second), 0.5)
	fmt.Printf("%.4f\n", loss.Value.Item())
	// Output: 0.4302
}

func ExampleMoCo() {
	tape := autograd.NewTape[float64]()
	queue := tensor.FromSlice([]float64{-1, 0, 0, -1, 0.6, 0.8}, 3, 2)
	loss := objective.MoCo(tape.Leaf(first), second, queue, 0.2)
	fmt.Printf("%.4f\n", loss.Value.Item())
	// Output: 0.5145
}

// The entropy of two points is that of two bumps: the sharper, the lower.
func ExampleEntropySphere() {
	tape := autograd.NewTape[float64]()
	for _, kappa := range []float64{1, 10, 100} {
		h := objective.EntropySphere(tape.Leaf(first), objective.EntropyConfig{Kappa: kappa})
		fmt.Printf("%.4f\n", h.Value.Item())
	}
	// Output:
	// 1.4537
	// 0.4740
	// -0.6892
}

func ExampleReconstructionSphere() {
	tape := autograd.NewTape[float64]()
	r := objective.ReconstructionSphere(tape.Leaf(first), tape.Leaf(second), 10, objective.Exact)
	fmt.Printf("%.4f\n", r.Value.Item())
	// Output: 1.7808
}

func ExampleER() {
	tape := autograd.NewTape[float64]()
	z1, z2 := tape.Leaf(first), tape.Leaf(second)
	er := objective.ER(z1, z2, objective.ERConfig{EntropyConfig: objective.EntropyConfig{Kappa: 10}, EntropyWeight: 1})
	tape.Backward(er.Loss)
	fmt.Printf("bound on the mutual information: %.4f nats\n", -er.Loss.Value.Item())
	// Output: bound on the mutual information: -1.3069 nats
}

func ExampleEntropyDiscrete() {
	tape := autograd.NewTape[float64]()
	p := tape.Leaf(tensor.FromSlice([]float64{1, 0, 0, 1}, 2, 2)) // each of two classes once
	fmt.Printf("%.4f\n", objective.EntropyDiscrete(p, objective.Expectation, 1e-7).Value.Item())
	// Output: 0.6931
}

func ExampleReconstructionDiscrete() {
	tape := autograd.NewTape[float64]()
	p := tape.Leaf(tensor.FromSlice([]float64{0.9, 0.1, 0.2, 0.8}, 2, 2))
	fmt.Printf("%.4f\n", objective.ReconstructionDiscrete(p, p, 0).Value.Item())
	// Output: 0.4127
}

func ExampleAlignment() {
	tape := autograd.NewTape[float64]()
	fmt.Printf("%.4f\n", objective.Alignment(tape.Leaf(first), tape.Leaf(second), 2).Value.Item())
	// Output: 0.4000
}

func ExampleUniformity() {
	tape := autograd.NewTape[float64]()
	fmt.Printf("%.4f\n", objective.Uniformity(tape.Leaf(first), 2).Value.Item())
	// Output: -4.0000
}

func ExampleBYOL() {
	tape := autograd.NewTape[float64]()
	prediction := tape.Leaf(first)
	loss := objective.BYOL(prediction, second)
	tape.Backward(loss)
	fmt.Printf("%.4f %.4f\n", loss.Value.Item(), prediction.Grad.Data())
	// Output: 0.4000 [-0.0000 -0.6000 0.6000 -0.0000]
}

// Two views of two samples, both seen by student and teacher.
func ExampleDINO() {
	tape := autograd.NewTape[float64]()
	scores := tensor.FromSlice([]float64{0.3, -0.1, -0.2, 0.2, 0.2, 0, -0.1, 0.3}, 2, 2, 2)
	center := tensor.FromSlice([]float64{0.05, 0.1}, 2)
	loss := objective.DINO(tape.Leaf(scores), scores, center, objective.DINOConfig{StudentTemperature: 0.1, TeacherTemperature: 0.04})
	objective.DINOCenter(center, scores, 0.9)
	fmt.Printf("%.4f %.4f\n", loss.Value.Item(), center.Data())
	// Output: 0.0476 [0.0500 0.1000]
}

// Samples that all prefer the first prototype are spread over both.
func ExampleSinkhorn() {
	scores := tensor.FromSlice([]float64{0.9, 0.1, 0.8, 0.3, 0.7, 0.5, 0.6, 0.6}, 4, 2)
	q := objective.Sinkhorn(scores, 0.05, 3)
	fmt.Printf("%.2f\n", q.Data())
	// Output: [1.00 0.00 0.98 0.02 0.10 0.90 0.00 1.00]
}

func ExampleSwappedPrediction() {
	tape := autograd.NewTape[float64]()
	loss := objective.SwappedPrediction(tape.Leaf(first), tape.Leaf(second),
		objective.SwappedPredictionConfig{Temperature: 0.1, Epsilon: 0.05, Iterations: 3})
	fmt.Printf("%.4f\n", loss.Value.Item())
	// Output: 0.0730
}

func ExampleBarlowTwins() {
	tape := autograd.NewTape[float64]()
	loss := objective.BarlowTwins(tape.Leaf(first), tape.Leaf(second), 0.0051, 1e-5)
	fmt.Printf("%.4f\n", loss.Value.Item())
	// Output: 0.0102
}

func ExampleVICReg() {
	tape := autograd.NewTape[float64]()
	loss := objective.VICReg(tape.Leaf(first), tape.Leaf(second), objective.VICRegConfig{Sim: 25, Std: 25, Cov: 1, Eps: 1e-4})
	fmt.Printf("%.4f\n", loss.Value.Item())
	// Output: 14.3563
}

func ExampleKMeans() {
	x := tensor.FromSlice([]float64{0, 0.1, 5, 5.1, 0.2, 5.2}, 6, 1)
	centroids, labels, _ := objective.KMeans(context.Background(), rand.New(rand.NewPCG(1, 2)), x, 2, 10)
	for i, l := range labels {
		fmt.Printf("%.1f→%.1f ", x.At(i, 0), centroids.At(l, 0))
	}
	// Output: 0.0→0.1 0.1→0.1 5.0→5.1 5.1→5.1 0.2→0.1 5.2→5.1
}

func ExampleSphericalKMeans() {
	centroids, labels, _ := objective.SphericalKMeans(context.Background(), rand.New(rand.NewPCG(1, 2)), first, 2, 10)
	for i, l := range labels {
		fmt.Println(first.Data()[2*i:2*i+2], "→", centroids.Data()[2*l:2*l+2])
	}
	// Output:
	// [1 0] → [1 0]
	// [0 1] → [0 1]
}
