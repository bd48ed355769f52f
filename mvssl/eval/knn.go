package eval

import (
	"context"
	"math"

	"entrec/internal/memory"
	"entrec/internal/parallel"
	"entrec/tensor"
)

// KNNConfig sets the weighted nearest-neighbor classifier.
type KNNConfig struct {
	K           int     `json:"k"`           // neighbors, 200
	Temperature float64 `json:"temperature"` // of the votes, 0.1
}

// knnRows is how many queries one task classifies.
const knnRows = 64

// KNN returns the fraction of queries whose label the weighted nearest-neighbor
// classifier finds (Wu et al., 2018; zhirongw/lemniscate.pytorch test.py): among
// the K rows of the bank with the highest cosine to the query, each votes for its
// class with e^(cos/Temperature). bank (m, d) and queries (n, d) are features, not
// normalized. K above m means m; ties of similarity go to the earlier row, ties
// of votes to the lower class. The error is that of a canceled context. It panics
// with a *tensor.ShapeError where lengths do not fit.
func KNN[T tensor.Float](ctx context.Context, bank *tensor.Tensor[T], bankLabels []int, queries *tensor.Tensor[T], labels []int, cfg KNNConfig) (float64, error) {
	classes, err := KNNClasses(ctx, bank, bankLabels, queries, labels, cfg)
	if err != nil {
		return 0, err
	}
	return Accuracy(classes, labels), nil
}

// KNNClasses is [KNN] that returns the class that it finds for each query.
func KNNClasses[T tensor.Float](ctx context.Context, bank *tensor.Tensor[T], bankLabels []int, queries *tensor.Tensor[T], labels []int, cfg KNNConfig) ([]int, error) {
	checkLabeled("eval.KNN", bank, bankLabels, queries, labels)
	classes := countClasses(bankLabels)
	b, q := unitRows(bank), unitRows(queries)
	k := min(cfg.K, len(bankLabels))
	n, m := len(labels), len(bankLabels)
	found := make([]int, n)
	for lo := 0; lo < n; lo += 4 * knnRows { // bounds the matrix of similarities
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		tell(ctx, "nearest neighbors", lo, n)
		hi := min(lo+4*knnRows, n)
		sims := tensor.FromSlice(memory.Scratch[T]().Get((hi-lo)*m), hi-lo, m)
		tensor.MatMulTo(sims, q.Slice(0, lo, hi), b, tensor.NoTrans, tensor.Trans)
		parallel.For((hi-lo+knnRows-1)/knnRows, func(t int) {
			near, votes := make([]neighbor, 0, k), make([]float64, classes)
			for i := t * knnRows; i < min((t+1)*knnRows, hi-lo); i++ {
				row := sims.Data()[i*m : (i+1)*m]
				near = nearest(near[:0], row, k)
				clear(votes)
				for _, v := range near {
					votes[bankLabels[v.at]] += math.Exp(v.cos / cfg.Temperature)
				}
				best := 0
				for c, v := range votes {
					if v > votes[best] {
						best = c
					}
				}
				found[lo+i] = best
			}
		})
		memory.Scratch[T]().Put(sims.Data())
	}
	return found, nil
}

// Accuracy returns the fraction of the classes that were found which are the labels.
func Accuracy(found, labels []int) float64 {
	right := 0
	for i, class := range found {
		if class == labels[i] {
			right++
		}
	}
	return float64(right) / float64(len(labels))
}

// neighbor is a row of the bank and its cosine.
type neighbor struct {
	cos float64
	at  int
}

// worse orders neighbors: less similar, or as similar and later.
func worse(a, b neighbor) bool { return a.cos < b.cos || (a.cos == b.cos && a.at > b.at) }

// nearest fills heap with the k most similar rows, the worst of them first (a
// binary heap).
func nearest[T tensor.Float](heap []neighbor, cos []T, k int) []neighbor {
	for at, c := range cos {
		v := neighbor{float64(c), at}
		if len(heap) < k {
			heap = append(heap, v)
			for i := len(heap) - 1; i > 0 && worse(heap[i], heap[(i-1)/2]); i = (i - 1) / 2 {
				heap[i], heap[(i-1)/2] = heap[(i-1)/2], heap[i]
			}
			continue
		}
		if v.cos <= heap[0].cos {
			continue // equals come later in the bank, so they are worse
		}
		heap[0] = v
		for i := 0; ; {
			child := 2*i + 1
			if child+1 < k && worse(heap[child+1], heap[child]) {
				child++
			}
			if child >= k || !worse(heap[child], heap[i]) {
				break
			}
			heap[i], heap[child] = heap[child], heap[i]
			i = child
		}
	}
	return heap
}

// unitRows returns x with its rows divided by their norms.
func unitRows[T tensor.Float](x *tensor.Tensor[T]) *tensor.Tensor[T] {
	u := tensor.Contiguous(x).Clone()
	d := u.Dim(1)
	parallel.For(u.Dim(0), func(i int) {
		row, sq := u.Data()[i*d:(i+1)*d], 0.0
		for _, v := range row {
			sq += float64(float64(v) * float64(v))
		}
		for j := range row {
			row[j] = T(float64(row[j]) / math.Max(math.Sqrt(sq), 1e-12))
		}
	})
	return u
}
