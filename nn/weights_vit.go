package nn

import (
	"fmt"
	"math"

	"entrec/tensor"
	"entrec/tensor/safetensors"
)

// fitViT brings the tensors of a vision transformer of another making into the form that
// this one has: positions of another grid, and blocks with scales. The notes say what was
// done.
func fitViT[T Float](n *namedWeights, v *ViT[T]) (notes []string, err error) {
	if n.tensors["cls_token"].Shape == nil {
		return nil, nil // which is told of later
	}
	note, err := fitPositions(n, v)
	if err != nil {
		return nil, err
	}
	if note != "" {
		notes = append(notes, note)
	}
	scaled := 0
	for i := range v.blocks {
		for _, s := range [2]struct{ scale, layer string }{{"ls1.gamma", "attn.proj."}, {"ls2.gamma", "mlp.fc2."}} {
			block := "blocks." + indexName(i)
			gamma, ok := n.tensors[block+s.scale]
			if !ok {
				continue
			}
			for _, name := range []string{"weight", "bias"} {
				if err := n.scale(block+s.layer+name, gamma); err != nil {
					return nil, err
				}
			}
			delete(n.tensors, block+s.scale)
			scaled++
		}
	}
	if scaled > 0 {
		notes = append(notes, fmt.Sprintf("%d scales of layers went into the layers", scaled))
	}
	return notes, nil
}

// scale multiplies the rows of a tensor by numbers, one each.
func (n *namedWeights) scale(name string, gamma safetensors.Tensor) error {
	t, ok := n.tensors[name]
	if !ok {
		return nil // which is told of later
	}
	values, err := finite[float64](n.path, t)
	if err != nil {
		return err
	}
	by, err := finite[float64](n.path, gamma)
	if err != nil {
		return err
	}
	if len(t.Shape) == 0 || len(gamma.Shape) != 1 || t.Shape[0] != gamma.Shape[0] || len(by) == 0 {
		return fmt.Errorf("%s: tensor %q: found shape %v, expected one scale for each row of %s of shape %v", n.path, gamma.Name, gamma.Shape, name, t.Shape)
	}
	row := len(values) / len(by)
	for i := range values {
		values[i] *= by[i/row]
	}
	n.tensors[name] = safetensors.FromFloats(t.Name, t.Shape, values)
	return nil
}

// fitPositions interpolates the positions of a square grid to the network's.
func fitPositions[T Float](n *namedWeights, v *ViT[T]) (note string, err error) {
	const name = "pos_embed"
	t, ok := n.tensors[name]
	d := v.Dim()
	if !ok || len(t.Shape) != 3 || t.Shape[0] != 1 || t.Shape[2] != d || t.Shape[1] == 1+v.rows*v.cols {
		return "", nil // as it is, or told of later
	}
	side := int(math.Sqrt(float64(t.Shape[1] - 1)))
	if side < 1 || side*side != t.Shape[1]-1 {
		return "", fmt.Errorf("%s: tensor %q: found %d positions, expected %d, or those of a square of patches and a class", n.path, n.prefix+name, t.Shape[1], 1+v.rows*v.cols)
	}
	values, err := finite[float64](n.path, t)
	if err != nil {
		return "", err
	}
	grid := tensor.FromSlice(values[d:], side*side, d)
	resampled := tensor.New[float64](v.rows*v.cols, d)
	tensor.MatMulTo(resampled, resample[float64](side, side, v.rows, v.cols), grid, tensor.NoTrans, tensor.NoTrans)
	all := append(values[:d:d], resampled.Data()...)
	n.tensors[name] = safetensors.FromFloats(t.Name, []int{1, 1 + v.rows*v.cols, d}, all)
	return fmt.Sprintf("%s of %d×%d patches interpolated to %d×%d", name, side, side, v.rows, v.cols), nil
}
