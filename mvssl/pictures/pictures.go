// Package pictures makes what can be looked at of a run's images: sheets of their views,
// nearest neighbors before and after training, similarities, a map, the confusion of a
// classifier, clusters with their members. They are of the last checkpoint, the encoder
// before training and those that the run has kept.
//
// Pictures are data for a page, which draws them. They are made of a bounded number of
// images, and kept in the user's cache folder.
package pictures

// Pictures are those of a run. All texts in them print by themselves.
type Pictures struct {
	Format string `json:"format"`
	// Step and Epoch are those of the checkpoint, 0 where there is none.
	Step  int     `json:"step"`
	Epoch float64 `json:"epoch"`
	Seed  uint64  `json:"seed"` // of the views and of the weights before training
	// Classes names the classes; nil where images have none.
	Classes []string `json:"classes,omitempty"`
	// Bank is how many training images are searched for neighbors, Queries how many images
	// of Part are asked about.
	Bank    int    `json:"bank"`
	Queries int    `json:"queries"`
	Part    string `json:"part"` // such as "test"
	// Missing says of what could not be made, by its name below, why, a line each; under "all"
	// of everything.
	Missing map[string]string `json:"missing,omitempty"`

	Views        *Views         `json:"views,omitempty"`
	Images       *Atlas         `json:"images,omitempty"` // of neighbors and clusters
	Shown        []Tile         `json:"shown,omitempty"`  // the images whose neighbors are shown
	Points       *Atlas         `json:"points,omitempty"` // of maps
	Labels       []int          `json:"labels,omitempty"` // of points
	Stages       []Stage        `json:"stages,omitempty"` // in the order of their epochs
	Similarities []Similarities `json:"similarities,omitempty"`
	Clusters     *Clusters      `json:"clusters,omitempty"`
}

// Views is a sheet of images with their views.
type Views struct {
	Atlas  Atlas    `json:"atlas"`
	Images []string `json:"images"` // such as train:17
	Labels []int    `json:"labels,omitempty"`
	// Of each image the atlas has itself and its views: all where there are no more than
	// Each, of All.
	Each int `json:"each"`
	All  int `json:"all"`
}

// Tile is an image of an atlas.
type Tile struct {
	At    int    `json:"at"`    // its place
	Image string `json:"image"` // such as test:17
	Label *int   `json:"label,omitempty"`
	// Value is a distance (1 − the cosine) or a probability.
	Value float64 `json:"value,omitempty"`
}

// Stage is an encoder of the run.
type Stage struct {
	Name  string  `json:"name"` // untrained, epoch 10, now
	Epoch float64 `json:"epoch"`
	// Neighbors are the training images nearest to each of the images that are shown.
	Neighbors [][]Tile `json:"neighbors,omitempty"`
	Map       *Map     `json:"map,omitempty"`
	// Confusion has a triple for each pair of a class and one that the nearest-neighbor
	// classifier took it for: both, and how often. Accuracy is the fraction that is right.
	Confusion [][3]int `json:"confusion,omitempty"`
	Accuracy  *float64 `json:"accuracy,omitempty"`
}

// Map has the features of the points in the plane of their two principal directions.
type Map struct {
	X []int `json:"x"` // thousandths of the largest coordinate
	Y []int `json:"y"`
	// Shares are the parts of the variance that lie in the two directions.
	Shares [2]float64 `json:"shares"`
}

// Similarities are histograms of the cosines of projections: of two views of an image, and of
// views of different images.
type Similarities struct {
	Name      string    `json:"name"`
	Images    int       `json:"images"`
	Positives []float64 `json:"positives"` // fractions in cells of equal width from −1 to 1
	Negatives []float64 `json:"negatives"`
	// The means.
	Positive float64 `json:"positive"`
	Negative float64 `json:"negative"`
}

// Clusters are the classes of a method that makes something discrete of projections.
type Clusters struct {
	All    int       `json:"all"`    // classes
	Used   int       `json:"used"`   // that some image is in
	Images int       `json:"images"` // that were assigned
	Shown  []Cluster `json:"shown"`  // the largest
}

// Cluster is one of them, with the members that are most certainly in it.
type Cluster struct {
	Index   int    `json:"index"`
	Size    int    `json:"size"`
	Members []Tile `json:"members"`
}
