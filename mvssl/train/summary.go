package train

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"path/filepath"

	"entrec/internal/files"
	"entrec/mvssl/data"
	"entrec/nn"
	"entrec/tensor"
)

// Summary is a run's summary.json. A field that has no value for this run is nil.
type Summary struct {
	Method string `json:"method"`
	Data   string `json:"data"`
	// DataSHA256 is the digest of the data set: see data.Split. Empty where nobody knows it.
	DataSHA256 string    `json:"data_sha256"`
	Encoder    string    `json:"encoder"`
	Width      int       `json:"width"`
	Precision  Precision `json:"precision"`
	SIMD       string    `json:"simd"`
	// SIMDLevels are the levels at which the run was made, one after another.
	SIMDLevels []string `json:"simd_levels"`
	Numerics   int      `json:"numerics"` // of the run: see Numerics
	Threads    int      `json:"threads"`
	Seed       uint64   `json:"seed"`
	Epochs     int      `json:"epochs"`
	Steps      int      `json:"steps"` // made
	Batch      int      `json:"batch"`
	Params     int      `json:"params"` // of the encoder
	Nats       bool     `json:"loss_in_nats"`
	// Loss is the mean over the last epoch's steps, LossFirst the first step's.
	Loss           *float64 `json:"loss"`
	LossFirst      *float64 `json:"loss_first"`
	Entropy        *float64 `json:"entropy"`        // nats
	EntropyKNN     *float64 `json:"entropy_knn"`    // nats
	EntropyLogDet  *float64 `json:"entropy_logdet"` // nats
	Reconstruction *float64 `json:"reconstruction"` // nats
	MIER           *float64 `json:"mi_er"`          // nats
	MIInfoNCE      *float64 `json:"mi_infonce"`     // nats
	Alignment      *float64 `json:"alignment"`
	Uniformity     *float64 `json:"uniformity"`
	EffectiveRank  *float64 `json:"effective_rank"`
	// Accuracies are fractions of the images of EvalSplit: test, or val where images are held
	// out; nil where images have no labels.
	EvalSplit       data.Part `json:"eval_split"`
	KNN             *float64  `json:"knn_top1"`
	KNNUntrained    *float64  `json:"knn_top1_untrained"`
	Linear          *float64  `json:"linear_top1"`
	LinearBag       *float64  `json:"linear_top1_bag"`   // of features averaged over Bag crops
	Bag             int       `json:"bag"`               // 0: there was no such probe
	ProbeOnline     *float64  `json:"probe_online"`      // of the classifier trained beside the encoder
	ImagesPerSecond *float64  `json:"images_per_second"` // source images, in training alone
	WallSeconds     float64   `json:"wall_seconds"`      // everything, over all resumptions
	PeakRSSBytes    int64     `json:"peak_rss_bytes"`
	// Host and Processor are those of the machine on which the run ended, Version is the
	// program's there, with its commit where that is known, and Attempts counts the processes
	// that the run took, apart from those that were killed before their first checkpoint.
	Host      string `json:"host"`
	Processor string `json:"processor"`
	Version   string `json:"version"`
	Attempts  int    `json:"attempts"`
	// ParamsSHA256 is over the encoder's parameters (not its buffers) in the order
	// of its state dict, little-endian, in the run's precision.
	ParamsSHA256 string `json:"params_sha256"`
	// PredictionsSHA256 is over the bytes of predictions.json; empty where there is none.
	PredictionsSHA256 string `json:"predictions_sha256"`
}

// Validate reports a figure that no run has, nil if there is none.
func (s *Summary) Validate() error {
	for _, accuracy := range []struct {
		field string
		value *float64
	}{{"knn_top1", s.KNN}, {"knn_top1_untrained", s.KNNUntrained}, {"linear_top1", s.Linear}, {"linear_top1_bag", s.LinearBag}, {"probe_online", s.ProbeOnline}} {
		if v := accuracy.value; v != nil && !(*v >= 0 && *v <= 1) {
			return &FieldError{accuracy.field, fmt.Errorf("found %v, expected 0 to 1", *v)}
		}
	}
	for _, count := range []struct {
		field string
		value int
	}{{"epochs", s.Epochs}, {"steps", s.Steps}, {"batch", s.Batch}, {"params", s.Params}} {
		if count.value < 0 {
			return &FieldError{count.field, fmt.Errorf("found %d, expected no negative number", count.value)}
		}
	}
	return nil
}

// ParamsSHA256 is the digest of an encoder that [Summary] describes.
func ParamsSHA256[T tensor.Float](encoder nn.Module[T]) string {
	h := sha256.New()
	var buf []byte
	for _, p := range nn.Parameters(encoder) {
		buf = buf[:0]
		for _, v := range p.Value.Data() {
			switch v := any(v).(type) {
			case float32:
				buf = binary.LittleEndian.AppendUint32(buf, math.Float32bits(v))
			case float64:
				buf = binary.LittleEndian.AppendUint64(buf, math.Float64bits(v))
			}
		}
		h.Write(buf)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// writeJSON writes v, indented, to dir/name, wholly or not at all.
func writeJSON(dir, name string, v any) error {
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	return files.Write(filepath.Join(dir, name), append(text, '\n'))
}
