package suite

import (
	"slices"

	"entrec/reference/golden"
	"entrec/reference/trace"
)

// methods are those whose traces list their actions.
var methods = slices.Concat(distilled, clustered, paired, remembered)

var (
	both  = refs("view1", "view2")
	crops = refs("view1", "view2", "view3") // the third is a local one
	// head is DINO's behind an encoder: the projector and the prototypes.
	head       = []string{"linear projector.0", "batch_norm projector.1", "relu", "linear projector.3", "normalize", "unit_linear prototypes"}
	prototypes = parameter{"prototypes.weight", []int{tracePrototypes, traceWidth}}
)

// distilled are those whose target is another network, or the network itself.
var distilled = []tracedMethod{
	{
		name: "byol", target: "target.", more: predictorShapes, less: true,
		step: []action{
			forward("projection", both, projector()...),
			forward("prediction", refs("projection"), predictorLayers...),
			constant(forward("target", both, prefixed("target.", projector())...)),
			term(1, "byol", "prediction=prediction 1, target=target 2", nil),
			term(1, "byol", "prediction=prediction 2, target=target 1", nil),
			gradients, adamw(1e-4), follow("target.", 0.9),
		},
	},
	{
		name: "byol-er", target: "target.", more: predictorShapes,
		step: []action{
			forward("projection", both, projector()...),
			forward("prediction", refs("projection"), slices.Concat(predictorLayers, []string{"normalize"})...),
			constant(forward("target", both, prefixed("target.", projector("normalize"))...)),
			term(0.5, "er_reconstruction_sphere", "z1=prediction 1, z2=target 2", sphere),
			term(0.5, "er_reconstruction_sphere", "z1=prediction 2, z2=target 1", sphere),
			term(-0.5, "er_entropy_sphere", "z=prediction 1", average),
			term(-0.5, "er_entropy_sphere", "z=prediction 2", average),
			gradients, sgd(0.06), follow("target.", 0.9),
		},
	},
	{
		name: "simsiam", more: predictorShapes,
		step: []action{
			forward("projection", both, projector()...),
			forward("prediction", refs("projection"), predictorLayers...),
			constant(forward("target", refs("projection"))),
			term(0.25, "byol", "prediction=prediction 1, target=target 2", nil),
			term(0.25, "byol", "prediction=prediction 2, target=target 1", nil),
			gradients, sgd(0.12),
		},
	},
	{
		name: "moco", target: "target.",
		draw: func(d *draft) { d.unit("queue", 4*traceBatch, traceWidth) },
		step: []action{
			forward("query", both, projector()...),
			constant(forward("key", both, prefixed("target.", projector("normalize"))...)),
			term(0.5, "moco", "query=query 1, key=key 2, queue=queue", golden.Attrs{"temperature": 0.2}),
			term(0.5, "moco", "query=query 2, key=key 1, queue=queue", golden.Attrs{"temperature": 0.2}),
			push("key", "queue", trace.Oldest),
			gradients, sgd(0.06), {Do: trace.Follow, Prefix: "target.", Attrs: golden.Attrs{"momentum": 0.9}},
		},
	},
	{
		name: "dino", views: 3, target: "teacher.", more: []parameter{prototypes},
		draw: func(d *draft) { d.normal("center", 0.25, tracePrototypes) },
		step: []action{
			forward("student", crops, projector("normalize", "unit_linear prototypes")...),
			constant(forward("teacher", both, prefixed("teacher.", projector("normalize", "unit_linear prototypes"))...)),
			term(1, "dino", "student=student *, teacher=teacher *, center=center", dino(0.9)),
			assign("dino", "student=student *, teacher=teacher *, center=center", dino(0.9), map[string]string{"center": "center"}),
			clipped(0.5), on(adamw(1e-4), mlpShapes...), from(1, on(adamw(1e-4), prototypes)), follow("teacher.", 0.9),
		},
	},
	{
		name: "dino", encoder: "convnet", shapes: convnetShapes, target: "teacher.", more: []parameter{prototypes},
		batch: []string{"view3"},
		draw: func(d *draft) {
			d.normal("view3", 1, traceSteps, traceBatch, 3, 4, 4)
			d.normal("center", 0.25, tracePrototypes)
		},
		step: []action{
			forward("whole", both, convnetLayers...),
			forward("local", refs("view3"), convnetLayers...),
			forward("student", refs("whole", "local"), head...),
			constant(forward("teacher", both, prefixed("teacher.", slices.Concat(convnetLayers, head))...)),
			term(1, "dino", "student=student *, teacher=teacher *, center=center", dino(0.9)),
			assign("dino", "student=student *, teacher=teacher *, center=center", dino(0.9), map[string]string{"center": "center"}),
			clipped(0.5), on(adamw(1e-4), convnetShapes...), from(1, on(adamw(1e-4), prototypes)), follow("teacher.", 0.9),
		},
	},
	{
		name: "dino-er", views: 3, target: "teacher.", more: []parameter{prototypes},
		draw: func(d *draft) { d.whole("zero", 0, 0, tracePrototypes) }, // in the place of a center
		step: []action{
			forward("student", crops, projector("normalize", "unit_linear prototypes")...),
			constant(forward("teacher", both, prefixed("teacher.", projector("normalize", "unit_linear prototypes"))...)),
			term(1, "dino", "student=student *, teacher=teacher *, center=zero", dino(1)),
			forward("assignment", refs("student"), "divide 0.04", "softmax"),
			term(-1, "er_entropy_discrete", "p=assignment", golden.Attrs{"reduction": "expectation", "eps": 1e-7}),
			clipped(0.5), on(adamw(1e-4), mlpShapes...), from(1, on(adamw(1e-4), prototypes)), follow("teacher.", 0.9),
		},
	},
}

// clustered are those that assign images to prototypes without a teacher.
var clustered = []tracedMethod{
	{
		name: "swav", views: 3, more: []parameter{prototypes},
		draw: func(d *draft) {
			d.unit("queue0", 2*traceBatch, traceWidth)
			d.unit("queue1", 2*traceBatch, traceWidth)
		},
		step: []action{
			assign("normalize", "x=prototypes.weight", golden.Attrs{"eps": 1e-12}, map[string]string{"prototypes.weight": "y"}),
			forward("projection", crops, projector("normalize")...),
			forward("scores", refs("projection"), "linear prototypes"),
			constant(forward("old0", refs("queue0"), "linear prototypes")),
			constant(forward("all0", refs("old0", "scores 1"))),
			assign("sinkhorn", "scores=all0", sinkhorn, map[string]string{"codes0": "q"}), // whose third block is this batch's
			push("projection 1", "queue0", trace.Front),
			constant(forward("old1", refs("queue1"), "linear prototypes")),
			constant(forward("all1", refs("old1", "scores 2"))),
			assign("sinkhorn", "scores=all1", sinkhorn, map[string]string{"codes1": "q"}),
			push("projection 2", "queue1", trace.Front),
			term(0.25, "cross_entropy", "scores=scores 2, p=codes0 3", tenth),
			term(0.25, "cross_entropy", "scores=scores 3, p=codes0 3", tenth),
			term(0.25, "cross_entropy", "scores=scores 1, p=codes1 3", tenth),
			term(0.25, "cross_entropy", "scores=scores 3, p=codes1 3", tenth),
			gradients, on(adamw(1e-6), mlpShapes...), from(1, on(adamw(1e-6), prototypes)),
		},
	},
	{
		name: "deepcluster", more: []parameter{{"head.weight", []int{tracePrototypes, traceWidth}}},
		batch: []string{"labels"},
		draw: func(d *draft) { // one of the clusters for each sample
			labels, s := golden.NewArray(traceSteps, traceBatch, tracePrototypes), newSource(d.of("labels"))
			for i := range traceSteps * traceBatch {
				labels.Data[i*tracePrototypes+int(s.next()%tracePrototypes)] = 1
			}
			d.In["labels"] = labels
		},
		step: []action{
			forward("scores", both, projector("normalize", "unit_linear head")...),
			term(0.5, "cross_entropy", "scores=scores 1, p=labels", tenth),
			term(0.5, "cross_entropy", "scores=scores 2, p=labels", tenth),
			gradients, adamw(1e-4),
		},
	},
}

// paired are those that compare two views and a batch with itself.
var paired = []tracedMethod{
	{
		name: "align-uniform",
		step: []action{
			forward("z", both, projector("normalize")...),
			term(1, "alignment", "z1=z 1, z2=z 2", golden.Attrs{"alpha": 2.0}),
			term(0.5, "uniformity", "z=z 1", golden.Attrs{"t": 2.0}),
			term(0.5, "uniformity", "z=z 2", golden.Attrs{"t": 2.0}),
			gradients, sgd(0.06),
		},
	},
	{
		name: "barlow-twins", less: true,
		step: []action{
			forward("z", both, projector()...),
			term(1, "barlow_twins", "z1=z 1, z2=z 2", golden.Attrs{"lambda": 0.005, "eps": 1e-5}),
			gradients, adamw(1e-4),
		},
	},
	{
		name: "vicreg", less: true,
		step: []action{
			forward("z", both, projector()...),
			term(1, "vicreg", "z1=z 1, z2=z 2", golden.Attrs{"sim": 25.0, "std": 25.0, "cov": 1.0, "eps": 1e-4}),
			gradients, adamw(1e-4),
		},
	},
	{
		name: "dcl",
		step: []action{
			forward("z", both, projector()...),
			term(1, "dcl", "z1=z 1, z2=z 2", golden.Attrs{"temperature": 0.2}),
			gradients, sgd(0.06),
		},
	},
	{
		name: "dhel",
		step: []action{
			forward("z", both, projector()...),
			term(1, "dhel", "z1=z 1, z2=z 2", golden.Attrs{"temperature": 0.2}),
			gradients, sgd(0.06),
		},
	},
	{
		name: "koleo",
		step: []action{
			forward("z", both, projector("normalize")...),
			term(1, "alignment", "z1=z 1, z2=z 2", golden.Attrs{"alpha": 2.0}),
			term(0.25, "koleo", "z=z 1", golden.Attrs{"eps": 1e-8}),
			term(0.25, "koleo", "z=z 2", golden.Attrs{"eps": 1e-8}),
			gradients, sgd(0.06),
		},
	},
	{
		name: "mmcr",
		step: []action{
			forward("z", both, projector()...),
			term(1, "mmcr", "z=z *", nil),
			gradients, adamw(1e-4),
		},
	},
	{
		name: "er-discrete", less: true, more: []parameter{{"head.0.weight", []int{tracePrototypes, traceWidth}}},
		draw: func(d *draft) { // batch norm without parameters
			d.whole("plain.weight", 1, 1, tracePrototypes)
			d.whole("plain.bias", 0, 0, tracePrototypes)
		},
		step: []action{
			forward("logits", both, projector("linear head.0", "batch_norm plain")...),
			term(1, "er_discrete", "logits1=logits 1, logits2=logits 2", golden.Attrs{"temperature": 0.5}),
			gradients, adamw(1e-4),
		},
	},
}

// remembered are those whose statistics go on from batch to batch.
var remembered = []tracedMethod{
	{
		name: "tico",
		draw: func(d *draft) { d.gram("second_moment", 2*traceWidth, traceWidth, 0) },
		step: []action{
			forward("z", both, projector()...),
			term(0.5, "tico", "z1=z 1, z2=z 2, c=second_moment", secondMoment),
			term(0.5, "tico", "z1=z 2, z2=z 1, c=second_moment", secondMoment),
			assign("tico", "z1=z 1, z2=z 2, c=second_moment", secondMoment, map[string]string{"first": "c"}),
			assign("tico", "z1=z 2, z2=z 1, c=second_moment", secondMoment, map[string]string{"other": "c"}),
			assign("ema_update", "target=first, online=other", golden.Attrs{"momentum": 0.5}, map[string]string{"second_moment": "target"}), // their mean
			gradients, sgd(0.06),
		},
	},
	{
		name: "corinfomax", less: true,
		draw: func(d *draft) {
			d.gram("covariance1", 2*traceWidth, traceWidth, 0.25)
			d.gram("covariance2", 2*traceWidth, traceWidth, 0.25)
		},
		step: []action{
			forward("z", both, projector()...),
			term(1, "corinfomax", "z1=z 1, z2=z 2, r1=covariance1, r2=covariance2", covariances),
			assign("corinfomax", "z1=z 1, z2=z 2, r1=covariance1, r2=covariance2", covariances, map[string]string{"covariance1": "r1", "covariance2": "r2"}),
			gradients, adamw(1e-4),
		},
	},
}

var (
	sphere   = golden.Attrs{"kappa": 5.0, "normalizer": "exact"}
	average  = golden.Attrs{"kappa": 5.0, "normalizer": "exact", "reduction": "average", "self": "include"}
	sinkhorn = golden.Attrs{"epsilon": 0.05, "iterations": 3}
	tenth    = golden.Attrs{"temperature": 0.1}

	secondMoment = golden.Attrs{"momentum": 0.9, "rho": 8.0}
	covariances  = golden.Attrs{"decay": 0.25, "eps": 0.01, "weight": 25.0}
)

// dino has a teacher's temperature that falls over two steps to its last.
func dino(centerMomentum float64) golden.Attrs {
	return golden.Attrs{"student_temperature": 0.1, "teacher_temperature": list(0.1, 0.07, 0.04), "center_momentum": centerMomentum}
}

func clipped(limit float64) action { return action{Do: trace.Gradients, Clip: limit} }
