package train

import (
	"fmt"
	"math"
	"strings"

	"entrec/mvssl"
	"entrec/mvssl/eval"
)

// Limits of what counts as a sign of collapse: an effective rank, a plug-in
// entropy and a bound in nats, and how near the loss may come to that of a collapsed
// representation, in nats and in parts of plateau's scale.
const (
	collapsedRank    = 1.5
	collapsedEntropy = 0.1
	collapsedBound   = 0.1
	plateauPart      = 0.01
	plateauNats      = 1e-3
)

// collapseAfter is the part of the run before which nothing is held against it.
const collapseAfter = 0.2

// warning says which sign of collapse an epoch shows, and what to try; it is empty
// where there is none.
func (t *trainer[T]) warning(loss *float64, d eval.MethodDiagnostics) string {
	if loss == nil || float64(t.at.Step) < collapseAfter*float64(t.steps) {
		return ""
	}
	row, err := mvssl.Find(t.cfg.Model.Method)
	if err != nil {
		panic(err) // it was found when the run was built
	}
	seen := ""
	collapsed, known := 0.0, false
	if p, ok := t.Method.(mvssl.Plateaued); ok {
		collapsed, known = p.CollapsedLoss()
	}
	switch {
	case d.EffectiveRank < collapsedRank:
		seen = fmt.Sprintf("effective rank %.2f: all projections lie along one direction", d.EffectiveRank)
	case d.EntropyW != nil && *d.EntropyW < collapsedEntropy:
		seen = fmt.Sprintf("entropy of W %.3f nats: all images have the same assignment", *d.EntropyW)
	case row.Projections == mvssl.Softmax && d.MIERW != nil && *d.MIERW < collapsedBound:
		seen = fmt.Sprintf("entropy of W %.3f and reconstruction %.3f nats: the assignments of one view say nothing of the other's", *d.EntropyW, *d.ReconstructionW)
	case known && t.plateau(*loss, collapsed):
		seen = fmt.Sprintf("loss %.4f is that of representations that say nothing, %.4f", *loss, collapsed)
	default:
		return ""
	}
	return fmt.Sprintf("collapse: %s; try %s", seen, strings.Join(row.Remedies(), ", "))
}

// plateau reports whether a loss is that of a collapsed representation. What is near goes
// by how far from it the first step's loss was, or by that loss itself where it is smaller: a
// large constant in a loss says nothing of how far it moves.
func (t *trainer[T]) plateau(loss, collapsed float64) bool {
	scale := min(math.Abs(*t.at.LossFirst-collapsed), math.Abs(collapsed))
	return math.Abs(loss-collapsed) <= plateauNats+plateauPart*scale
}
