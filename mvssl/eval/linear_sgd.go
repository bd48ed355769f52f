package eval

import (
	"context"

	"entrec/autograd"
	"entrec/mvssl/data"
	"entrec/nn"
	"entrec/tensor"
)

// The recipe of [LinearSGD].
const (
	sgdProbeEpochs = 100
	sgdProbeBatch  = 512
	sgdProbeLR     = 0.1
)

// LinearSGD is [Linear] with the classifier trained as SimCLR's authors do on
// CIFAR-10 (google-research/simclr, README): from zero, by SGD with learning rate
// 0.1, falling by half a cosine, momentum 0.9 (Nesterov), no weight decay, batches
// of 512 rows (all, where there are fewer), 100 epochs, the rows that are left over
// in an epoch not used. Features are standardized, which takes the place of the
// batch norm that some put before the classifier.
func LinearSGD[T tensor.Float](ctx context.Context, train *tensor.Tensor[T], trainLabels []int, queries *tensor.Tensor[T], labels []int) (accuracy float64, err error) {
	checkLabeled("eval.LinearSGD", train, trainLabels, queries, labels)
	x, q := standardized(ctx, train, queries)
	c := newClassifier(labeledRows{x, trainLabels}, countClasses(trainLabels, labels))
	opt, err := nn.NewOptimizer([]nn.Named[float64]{{Name: "weight", Var: c.weight}, {Name: "bias", Var: c.bias}},
		nn.OptimizerConfig{Name: nn.OptimizerSGD, Momentum: 0.9, Nesterov: true})
	if err != nil {
		return 0, err
	}
	m := len(trainLabels)
	batch := min(sgdProbeBatch, m)
	steps := sgdProbeEpochs * (m / batch)
	for epoch := range sgdProbeEpochs {
		tell(ctx, "linear probe by SGD", epoch, sgdProbeEpochs)
		order := data.Order(m, 0, epoch)
		for s := range m / batch {
			if ctx.Err() != nil {
				return 0, context.Cause(ctx)
			}
			rows := gather(x, trainLabels, order[s*batch:(s+1)*batch])
			c.weight.ZeroGrad()
			c.bias.ZeroGrad()
			c.tape.Backward(autograd.CrossEntropy(c.logits(rows.x), rows.labels))
			opt.Step(nn.Cosine(epoch*(m/batch)+s, steps, sgdProbeLR, 0), 0)
			c.tape.Reset()
		}
	}
	return c.accuracy(labeledRows{q, labels}), nil
}
