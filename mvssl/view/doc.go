// Package view makes the views of an image: random crops, flips and changes of
// color, as torchvision's transforms on float tensors in [0, 1] make them.
//
// The operations ([ResizedCrop], [AdjustHue], …) work on one image in channel,
// height, width order. A [Pipeline] draws their parameters and applies them; what
// it draws is a function of the [Key] alone (seed, epoch, sample, view), so a view
// is the same whoever asks for it, in whatever order and on however many threads.
package view

import "entrec/simd"

// Float is the constraint of everything numeric in this project.
type Float = simd.Float
