// Package objective holds the objectives of multi-view self-supervised learning
// as pure functions of projections, differentiable, over float32 and float64.
//
// Projections are matrices (k, d), a row a sample. Objectives that compare every
// row with every other stream over tiles of the matrix of similarities, forward
// and backward, and never hold it whole: their memory is O(k·d). Losses and
// informations are in nats.
package objective

import "entrec/simd"

// Float is the constraint of everything numeric in this project.
type Float = simd.Float
