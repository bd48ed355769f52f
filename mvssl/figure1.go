package mvssl

import "fmt"

// Branches answers the first question of the paper's Figure 1: are the branches
// that see the views identical, or in what do they differ?
type Branches int

// Both views go through the same parameters, and gradients flow through both
// (Identical) or through one (StopGradient); or the other branch is an exponential
// moving average of the one that learns, whose projections are regressed or compared
// (EMATarget), or whose distributions are predicted (EMATeacher).
const (
	Identical Branches = iota
	StopGradient
	EMATarget
	EMATeacher
)

var branchNames = [...]string{"identical", "stop-gradient", "EMA target", "EMA teacher"}

// String returns the answer in words.
func (b Branches) String() string { return word(branchNames[:], int(b)) }

// MarshalText writes the answer in words.
func (b Branches) MarshalText() ([]byte, error) { return []byte(b.String()), nil }

// Asymmetric reports whether the other branch has parameters of its own.
func (b Branches) Asymmetric() bool { return b == EMATarget || b == EMATeacher }

// Projections answers the second question of Figure 1: are projections used as
// they are, or how are they processed?
type Projections int

// Projections are used as they are in the plane or, divided by their norms, on the
// sphere (Z); or made into something discrete (W): pseudo-labels of k-means, the
// codes of Sinkhorn's algorithm, a teacher's softmax over prototypes, or the softmax of
// the branch that learns.
const (
	AsTheyAre Projections = iota
	OnSphere
	KMeans
	Sinkhorn
	TeacherSoftmax
	Softmax
)

var projectionNames = [...]string{"as they are", "on the sphere", "k-means", "Sinkhorn codes", "teacher softmax", "softmax"}

// String returns the answer in words.
func (p Projections) String() string { return word(projectionNames[:], int(p)) }

// MarshalText writes the answer in words.
func (p Projections) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// Discrete reports whether projections are made into something discrete. The
// methods of such rows are [Discrete].
func (p Projections) Discrete() bool { return p >= KMeans }

func word(words []string, i int) string {
	if i < 0 || i >= len(words) {
		return fmt.Sprintf("unknown (%d)", i)
	}
	return words[i]
}
