// Package objective holds the objectives of multi-view self-supervised learning
// as pure functions of projections, differentiable, over float32 and float64.
//
// Projections are matrices (k, d), a row a sample. Losses and informations are in
// nats. What a loss takes for a constant, a target or a queue, is a tensor; what it
// is differentiated by is a Var.
//
//   - Contrast: [InfoNCE], [NTXent], [DCL], [DHEL], [MoCo]
//   - Contrast of global with local features: [DIMJSD], [DIMNCE], [DIMDV],
//     [AMDIM]
//   - Contrast of predictions with places: [CPC]
//   - Entropy and reconstruction: [EntropySphere], [ReconstructionSphere], [ER] on
//     the sphere; [EntropyDiscrete], [ReconstructionDiscrete] of assignments
//   - Alignment and uniformity: [Alignment], [Uniformity]
//   - Clustering: [Sinkhorn], [SwappedPrediction], [KMeans], [SphericalKMeans]
//   - Distillation: [BYOL], [DINO], [DINOCenter]
//   - Redundancy: [BarlowTwins], [VICReg]
//   - Log-determinants: [CodingRate], [IMAX], [CorInfoMax]
//
// Objectives that compare every row with every other stream over tiles of the
// matrix of similarities, forward and backward, and never hold it whole: their
// memory is O(k·d). Where rows are compared with each other, each pair is worked
// out once.
//
// # Precision
//
// Products of matrices are computed in the precision of their inputs. What there
// is but once a row, a column or an element of the input is float64 and rounded
// once, at the end, and formulas are rearranged so that what training makes small
// (a loss, a distance) does not come from a difference of large numbers.
package objective

import "entrec/simd"

// Float is the constraint of everything numeric in this project.
type Float = simd.Float
