package data

import (
	"context"
	"embed"
	"io/fs"
)

//go:embed fashionmini/*.gz
var fashionMiniFiles embed.FS

var fashionClasses = []string{"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"}

var fashionMini = Source{
	Name: "fashion-mini", Doc: "5,800 training and 1,000 test images of Fashion-MNIST (embedded)",
	Load: func(ctx context.Context, o Options) (*Split, error) {
		sub, err := fs.Sub(fashionMiniFiles, "fashionmini")
		if err != nil {
			return nil, err
		}
		return loadIDX(ctx, folder{sub, "fashion-mini", o.budget()}, "fashion-mini", fashionClasses)
	},
}

// https://github.com/zalandoresearch/fashion-mnist
var remoteFashion = remote{
	name: "fashion-mnist", url: "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com",
	files: []remoteFile{
		{"train-images-idx3-ubyte.gz", "8d4fb7e6c68d591d4c3dfef9ec88bf0d"},
		{"train-labels-idx1-ubyte.gz", "25c81989df183df01b3e8a0aad5dffbe"},
		{"t10k-images-idx3-ubyte.gz", "bef4ecab320f06d8554ea6380940ec79"},
		{"t10k-labels-idx1-ubyte.gz", "bb300cfdad3c16e7a12a480ee83cd310"},
	},
}

var fashionMNIST = Source{
	Name: remoteFashion.name, Doc: "60,000 training and 10,000 test images of 28×28, gray, in 10 classes (fetched)",
	Load: func(ctx context.Context, o Options) (*Split, error) {
		dir, err := remoteFashion.fetch(ctx, o)
		if err != nil {
			return nil, err
		}
		return loadIDX(ctx, folder{watch(ctx, disk(dir), o), dir, o.budget()}, remoteFashion.name, fashionClasses)
	},
}
