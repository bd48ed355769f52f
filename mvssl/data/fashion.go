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
		return Place{FS: sub, Path: "fashion-mini", Name: "fashion-mini", room: o.budget()}.loadIDX(ctx, fashionClasses)
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

// The folder is that which torchvision asks first.
var remoteMNIST = remote{
	name: "mnist", url: "https://ossci-datasets.s3.amazonaws.com/mnist", mirrors: []string{"http://yann.lecun.com/exdb/mnist"},
	files: []remoteFile{
		{"train-images-idx3-ubyte.gz", "f68b3c2dcbeaaa9fbdd348bbdeb94873"},
		{"train-labels-idx1-ubyte.gz", "d53e105ee54ea40749a09fcbcd1e9432"},
		{"t10k-images-idx3-ubyte.gz", "9fb629c4189551a2d022fa330f9573f3"},
		{"t10k-labels-idx1-ubyte.gz", "ec29112dd5afa0611ce80d1b7f02629c"},
	},
}

var mnist = Source{
	Name: remoteMNIST.name, Doc: "60,000 training and 10,000 test images of 28×28 digits, gray, in 10 classes (fetched)",
	Load: func(ctx context.Context, o Options) (*Split, error) { return remoteMNIST.load(ctx, o, "") },
}

var fashionMNIST = Source{
	Name: remoteFashion.name, Doc: "60,000 training and 10,000 test images of 28×28, gray, in 10 classes (fetched)",
	Load: func(ctx context.Context, o Options) (*Split, error) {
		p, err := remoteFashion.place(ctx, o)
		if err != nil {
			return nil, err
		}
		return p.loadIDX(ctx, fashionClasses)
	},
}
