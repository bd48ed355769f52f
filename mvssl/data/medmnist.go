package data

import (
	"context"
	"fmt"
)

// medMNIST are MedMNIST v2's two-dimensional sets of 28×28
// (https://github.com/MedMNIST/MedMNIST), with the MD5 sums published there.
var medMNIST = []struct {
	name, md5   string
	train, test int
	color       bool
	classes     int // 0: several labels an image, which are not read
}{
	{"bloodmnist", "7053d0359d879ad8a5505303e11de1dc", 11959, 3421, true, 8},
	{"breastmnist", "750601b1f35ba3300ea97c75c52ff8f6", 546, 156, false, 2},
	{"chestmnist", "02c8a6516a18b556561a56cbdd36c4a8", 78468, 22433, false, 0},
	{"dermamnist", "0744692d530f8e62ec473284d019b0c7", 7007, 2005, true, 7},
	{"octmnist", "c68d92d5b585d8d81f7112f81e2d0842", 97477, 1000, false, 4},
	{"organamnist", "68e3f8846a6bd62f0c9bf841c0d9eacc", 34561, 17778, false, 11},
	{"organcmnist", "b9ceb9546e10131b32923c5bbeaea2b1", 12975, 8216, false, 11},
	{"organsmnist", "9ab87b696fb54e2a387ebe992d6ed5f1", 13932, 8827, false, 11},
	{"pathmnist", "a8b06965200029087d5bd730944a56c1", 89996, 7180, true, 9},
	{"pneumoniamnist", "28209eda62fecd6e6a2d98b1501bb15f", 4708, 624, false, 2},
	{"retinamnist", "bd4c0672f1bba3e3a89f0e4e876791e4", 1080, 400, true, 5},
	{"tissuemnist", "ebe78ee8b05294063de985d821c1c34b", 165466, 47280, false, 8},
}

// remoteMedMNIST is one of the sets, by its name.
func remoteMedMNIST(name, md5 string) remote {
	return remote{name: name, url: "https://zenodo.org/records/10519652/files", files: []remoteFile{{name + ".npz", md5}}}
}

// medMNISTSources are the rows of the table of sources.
func medMNISTSources() []Source {
	var all []Source
	for _, m := range medMNIST {
		from, colors, classes := remoteMedMNIST(m.name, m.md5), "gray", "without labels"
		if m.color {
			colors = "in color"
		}
		if m.classes > 0 {
			classes = fmt.Sprintf("in %d classes", m.classes)
		}
		all = append(all, Source{
			Name: m.name, Doc: fmt.Sprintf("MedMNIST: %d training and %d test images of 28×28, %s, %s (fetched)", m.train, m.test, colors, classes),
			Load: func(ctx context.Context, o Options) (*Split, error) { return from.load(ctx, o, "") },
		})
	}
	return all
}
