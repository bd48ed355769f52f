package runs

import (
	"path/filepath"
	"strings"

	"entrec/tensor/safetensors"
)

// IsEmbedding reports whether a file was written by [Embed], of whatever format its name
// ends in; of arrays the record beside F.npy tells of all of them.
func IsEmbedding(file string) bool {
	switch filepath.Ext(file) {
	case ".npz":
		return isNPZ(file)
	case ".csv":
		return isCSV(file)
	case ".parquet":
		return isParquet(file)
	case ".npy":
		return isRecord(strings.TrimSuffix(file, ".npy") + ".json")
	}
	f, err := safetensors.Read(file)
	return err == nil && f.Metadata["format"] == EmbeddingFormat
}
