package engine

import (
	"entrec/autograd"
	"entrec/mvssl/objective"
	"entrec/nn"
	"entrec/reference"
	"entrec/tensor"
)

// train answers a training trace, see [reference.Trace], on a tape a step.
func train[T tensor.Float](c *reference.Case) (a *reference.Answer, err error) {
	defer refusals(c.Op, &a, &err)
	t, err := c.Trace()
	if err != nil {
		return nil, err
	}
	q := &question[T]{c: c}
	params := map[string]*autograd.Var[T]{}
	buffers := map[string][]T{}
	for _, name := range t.Parameters {
		params[name] = autograd.Param(tensor.Convert[T](q.tensor64("input", name, c.In[name])))
		buffers[name] = make([]T, len(c.In[name].Data))
	}
	lr, momentum, decay, nesterov := q.float("lr", notNegative), q.float("momentum", notNegative), q.float("weight_decay", notNegative), q.bool("nesterov")
	losses := reference.NewArray(t.Steps)
	for step := range t.Steps {
		tape := autograd.NewTape[T]()
		x := tape.Constant(tensor.Convert[T](q.tensor64("input", "views", t.Step(c, step))))
		loss := traceLoss(q, t, traceForward(t, params, x))
		losses.Data[step] = float64(loss.Value.Item())
		tape.Backward(loss)
		for _, name := range t.Parameters {
			p := params[name]
			nn.SGDStep(p.Value.Data(), p.Grad.Data(), buffers[name], lr, momentum, decay, nesterov)
			p.ZeroGrad()
		}
	}
	a = &reference.Answer{Out: map[string]*reference.Array{"loss": losses}, Grad: map[string]*reference.Array{}}
	for _, name := range t.Parameters {
		a.Out[name] = array(params[name].Value)
	}
	return a, nil
}

// traceForward takes the rows x through the layers.
func traceForward[T tensor.Float](t *reference.Trace, params map[string]*autograd.Var[T], x *autograd.Var[T]) *autograd.Var[T] {
	for _, layer := range t.Layers {
		weight, bias := params[layer.Parameter("weight")], params[layer.Parameter("bias")]
		switch layer.Kind {
		case "linear":
			x = autograd.Linear(x, weight, bias)
		case "conv2d":
			x = autograd.Conv2d(x, weight, bias, t.Stride, t.Padding)
		case "batch_norm":
			x = autograd.BatchNorm(x, weight, bias, nil, autograd.BatchNormConfig[T]{Eps: t.Eps, Training: true})
		case "relu":
			x = autograd.ReLU(x)
		case "global_avg_pool2d":
			x = autograd.GlobalAvgPool2d(x)
		case "normalize":
			x = autograd.Normalize(x, 1e-12)
		}
	}
	return x
}

// traceLoss returns the loss of projections z, whose upper half is of the first
// view.
func traceLoss[T tensor.Float](q *question[T], t *reference.Trace, z *autograd.Var[T]) *autograd.Var[T] {
	k := z.Shape()[0] / 2
	z1, z2 := autograd.Slice(z, 0, 0, k), autograd.Slice(z, 0, k, 2*k)
	if t.Objective == "nt_xent" {
		return objective.NTXent(z1, z2, q.float("temperature", positive))
	}
	return objective.ER(z1, z2, objective.ERConfig{EntropyConfig: q.entropy(), EntropyWeight: 1}).Loss
}
