package nn

import (
	"fmt"

	"entrec/autograd"
)

// Staged is an encoder that also returns what it makes of places in the image on its way to
// the features. All encoders of this package are, and [EncoderRow.Maps] says of
// which sizes their maps are.
type Staged[T Float] interface {
	Encoder[T]
	// Stages returns two maps (n, channels, h, w) of images (n, channels, h, w), the finer
	// one first, and the features of Forward. Of images of 32×32 the maps of resnets and of
	// a convnet are 8×8 and 4×4; an mlp sees one place.
	Stages(ctx Context, x *autograd.Var[T]) (maps [2]*autograd.Var[T], features *autograd.Var[T])
	// StageDims returns the channels of both maps.
	StageDims() [2]int
}

// AsStaged returns an encoder that has stages. The error says that it has none.
func AsStaged[T Float](name string, e Encoder[T]) (Staged[T], error) {
	if s, ok := e.(Staged[T]); ok {
		return s, nil
	}
	return nil, fmt.Errorf("encoder %s returns features alone, expected one that returns maps too (nn.Staged)", name)
}

// halved returns what so many convolutions with a stride of 2 leave of a side, each the half
// and of an odd one a pixel more.
func halved(side, times int) int { return (side + 1<<times - 1) >> times }

// Places returns a map (n, c, h, w) as rows (n·h·w, c), the places of an image one after the
// other.
func Places[T Float](x *autograd.Var[T]) *autograd.Var[T] {
	return autograd.Reshape(autograd.Transpose(x, 0, 2, 3, 1), -1, x.Value.Dim(1))
}
