// Package torch writes state dicts as PyTorch's torch.save does: files that
// torch.load(…, weights_only=True) reads.
package torch
