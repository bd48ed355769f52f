package train

import (
	"context"

	"entrec/mvssl"
	"entrec/mvssl/data"
	"entrec/mvssl/eval"
)

// HeldOut is how many test images the diagnostics go by, of which there are fewer in a
// smaller data set.
const HeldOut = 512

// Sizes of the samples for the quick kNN.
const quickBank, quickQueries = 2000, 1000

// sample returns n images of a fixed choice, all where there are fewer.
func sample(d *data.Dataset, n int) *data.Dataset {
	s, err := d.Subset(min(n, d.Len()), 0)
	if err != nil {
		panic(err) // the size is in range
	}
	return s
}

// watch returns a context under which evaluations report their progress.
func (t *trainer[T]) watch(ctx context.Context) context.Context {
	return eval.WithProgress(ctx, func(what string, done, total int) {
		t.report(Event{Phase: what, Done: done, Total: total})
	})
}

// start measures the untrained encoder.
func (t *trainer[T]) start(ctx context.Context) error {
	untrained, err := t.eval.KNN(t.watch(ctx), t.split, t.cfg.KNN)
	if err != nil {
		return err
	}
	t.at.KNNUntrained = &untrained
	return nil
}

// due returns the epoch that has ended without a line about it, false where none
// has. Every EvalEvery-th epoch has a line, and so has the last.
func (t *trainer[T]) due() (epoch int, ok bool) {
	if t.cfg.Report.Evaluate != mvssl.On || (t.at.Step%t.perEpoch != 0 && t.at.Step != t.steps) {
		return 0, false
	}
	epoch = (t.at.Step + t.perEpoch - 1) / t.perEpoch
	if epoch%t.cfg.Report.EvalEvery != 0 && t.at.Step != t.steps {
		return 0, false
	}
	return epoch, t.at.Reported == nil || *t.at.Reported < t.at.Step
}

// epochEnd writes the line about an epoch that has ended.
func (t *trainer[T]) epochEnd(ctx context.Context, epoch int) error {
	ctx = t.watch(ctx)
	quick, online, err := t.quickly(ctx, epoch)
	if err != nil {
		return err
	}
	d, err := t.eval.Diagnose(ctx, t.held, t.cfg.Diagnostics)
	if err != nil {
		return err
	}
	if err := t.cfg.finite(t.at.Step, t.at.Step, []mvssl.Term{
		{Name: "entropy of held-out images", Value: d.Entropy}, {Name: "their reconstruction", Value: d.Reconstruction},
		{Name: "their InfoNCE bound", Value: d.MIInfoNCE}, {Name: "their effective rank", Value: d.EffectiveRank}, {Name: "their bound", Value: d.MIER},
	}); err != nil {
		return err
	}
	loss := t.at.LastLoss
	if epoch == 0 {
		loss = nil
	}
	line := EpochMetrics{
		Kind: "epoch", Step: t.at.Step, Epoch: epoch, Loss: loss, HeldOut: t.held.Len(), MethodDiagnostics: d, Warning: t.warning(loss, d),
		Kappa: t.cfg.Diagnostics.Kappa, Self: t.cfg.Diagnostics.Self.String(),
		QuickKNN: quick, ProbeOnline: online,
	}
	if quick != nil {
		line.QuickBank = t.quick.Train.Len()
	}
	if err := t.log.write(line); err != nil {
		return err
	}
	if err := t.board.epoch(line); err != nil {
		return err
	}
	step := t.at.Step
	t.at.Reported, t.unkept = &step, true
	t.report(Event{Metrics: &line})
	return nil
}

// quickly returns the accuracy of the quick kNN and, behind the first step, of the online
// classifier; nil without labels.
func (t *trainer[T]) quickly(ctx context.Context, epoch int) (quick, online *float64, err error) {
	if !t.labeled {
		return nil, nil, nil
	}
	bank, queries, err := t.eval.Features(ctx, t.quick)
	if err != nil {
		return nil, nil, err
	}
	accuracy, err := eval.KNN(ctx, bank, t.quick.Train.Labels, queries, t.quick.Test.Labels, t.cfg.KNN)
	if epoch > 0 {
		online = t.probe.accuracy(queries, t.quick.Test.Labels)
	}
	return &accuracy, online, err
}

// final is what was measured of the trained encoder; nil is still to be measured.
type final struct {
	KNN         *float64                `json:"knn_top1"`
	Linear      *float64                `json:"linear_top1"`
	Online      *float64                `json:"probe_online"`
	Bag         *float64                `json:"linear_top1_bag"`
	Crops       int                     `json:"bag"` // of Bag
	Diagnostics *eval.MethodDiagnostics `json:"diagnostics"`
	// The classes that were found, as Classes writes them; empty where they are not kept.
	KNNClasses    string `json:"knn_classes,omitempty"`
	LinearClasses string `json:"linear_classes,omitempty"`
}

// possible reports whether all accuracies are fractions.
func (f final) possible() bool {
	for _, a := range []*float64{f.KNN, f.Linear, f.Online, f.Bag} {
		if a != nil && !(*a >= 0 && *a <= 1) {
			return false
		}
	}
	return true
}

// measure evaluates the trained encoder, as far as that is still to be done: an evaluation
// that was interrupted goes on behind the last figure that it came to.
func (t *trainer[T]) measure(ctx context.Context) error {
	ctx = t.watch(ctx)
	f := &t.at.Final
	if !t.cfg.Report.KeepPredictions {
		f.KNNClasses, f.LinearClasses = "", ""
	}
	if t.labeled {
		if err := t.accuracies(ctx, f); err != nil {
			return err
		}
	}
	if f.Diagnostics == nil {
		d, err := t.eval.Diagnose(ctx, t.held, t.cfg.Diagnostics)
		if err != nil {
			return err
		}
		f.Diagnostics, t.unkept = &d, true
	}
	return nil
}

// accuracies is the part of measure that labels are needed for.
func (t *trainer[T]) accuracies(ctx context.Context, f *final) error {
	if !t.classified(f.KNN, f.KNNClasses) || !t.classified(f.Linear, f.LinearClasses) {
		bank, queries, err := t.eval.Features(ctx, t.split)
		if err != nil {
			return err
		}
		of, labels := t.split.Train.Labels, t.split.Test.Labels
		f.Online = t.probe.accuracy(queries, labels)
		err = t.classify(&f.KNN, &f.KNNClasses, func() ([]int, error) { return eval.KNNClasses(ctx, bank, of, queries, labels, t.cfg.KNN) })
		if err != nil {
			return err
		}
		err = t.classify(&f.Linear, &f.LinearClasses, func() ([]int, error) {
			found, _, err := eval.LinearClasses(ctx, bank, of, queries, labels)
			return found, err
		})
		if err != nil {
			return err
		}
	}
	if n := t.cfg.Report.Bag; n != f.Crops {
		f.Bag, f.Crops = nil, n
	}
	if f.Crops > 0 {
		return t.accuracy(&f.Bag, func() (float64, error) { return t.bag(ctx, f.Crops) })
	}
	return nil
}

// classified reports whether an accuracy was measured, with the classes where they are kept.
func (t *trainer[T]) classified(accuracy *float64, classes string) bool {
	return accuracy != nil && (classes != "" || !t.cfg.Report.KeepPredictions)
}

// classify measures the accuracy of a classifier unless that was done before, and keeps the
// classes that it found where they are to be kept.
func (t *trainer[T]) classify(at **float64, kept *string, classes func() ([]int, error)) error {
	if t.classified(*at, *kept) {
		return nil
	}
	*at = nil
	return t.accuracy(at, func() (float64, error) {
		found, err := classes()
		if err != nil {
			return 0, err
		}
		if t.cfg.Report.KeepPredictions {
			*kept = Classes(found).String()
		}
		return eval.Accuracy(found, t.split.Test.Labels), nil
	})
}

// accuracy measures an accuracy unless that was done before.
func (t *trainer[T]) accuracy(at **float64, measure func() (float64, error)) error {
	if *at != nil {
		return nil
	}
	a, err := measure()
	if err != nil {
		return err
	}
	*at, t.unkept = &a, true
	return t.checkpointInTime()
}

// bag returns the accuracy of a linear probe of features averaged over so many crops.
func (t *trainer[T]) bag(ctx context.Context, crops int) (float64, error) {
	bank, queries, err := t.eval.BagFeatures(ctx, t.split, crops, t.cfg.Seed)
	if err != nil {
		return 0, err
	}
	a, _, err := eval.Linear(ctx, bank, t.split.Train.Labels, queries, t.split.Test.Labels)
	return a, err
}
