package data

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Options say how to load.
type Options struct {
	// CacheDir is where fetched files are kept; "" means the folder entrec in
	// os.UserCacheDir.
	CacheDir string
	// URL is a mirror to fetch from instead of the published address: the folder of
	// the files or, where there is but one, the file itself.
	URL string
	// SkipBad passes over unreadable images in a folder of images by class, and
	// lists them in Split.Skipped, instead of failing at the first. An image of another
	// size than the others fails all the same: that is a mistake in the data set, not a
	// bad file.
	SkipBad bool
	// Progress, if not nil, is called while a file is fetched, one file after the
	// other, with the bytes of it that are there and the bytes that there will be (-1
	// if the server does not say). It is called from the goroutine of Load.
	Progress func(done, total int64)
}

//go:embed fashionmini/*.gz
var fashionMini embed.FS

var fashionClasses = []string{"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"}

// Names lists the data sets that Load knows by name: fashion-mini (embedded: 5,800
// training and 1,000 test images of Fashion-MNIST), fashion-mnist and cifar10 (fetched).
func Names() []string { return []string{"fashion-mini", "fashion-mnist", "cifar10"} }

// Load loads the data set of that name (Names; fetched into the cache if it is not
// there yet) or at that path: a folder or .tar.gz of CIFAR-10's binary version, a
// folder of IDX files, or a folder of images by class. A name goes before a path;
// "./NAME" is a path.
//
// The result is a function of the files alone, whatever the number of threads.
//
// Errors, each one line: *UnknownError for what is neither name nor path,
// *FormatError for a file that is not as it should be, ctx's error once it is done,
// and those of the file system and the network.
func Load(ctx context.Context, nameOrPath string, o Options) (*Split, error) {
	switch nameOrPath {
	case "fashion-mini":
		sub, err := fs.Sub(fashionMini, "fashionmini")
		if err != nil {
			return nil, err
		}
		return loadIDX(ctx, folder{sub, nameOrPath}, nameOrPath, fashionClasses)
	case remoteFashion.name:
		dir, err := remoteFashion.fetch(ctx, o)
		if err != nil {
			return nil, err
		}
		return loadIDX(ctx, diskFolder(dir), nameOrPath, fashionClasses)
	case remoteCIFAR.name:
		dir, err := remoteCIFAR.fetch(ctx, o)
		if err != nil {
			return nil, err
		}
		return loadArchive(ctx, filepath.Join(dir, remoteCIFAR.files[0].name), nameOrPath)
	}
	return loadPath(ctx, nameOrPath, o)
}

// loadPath loads a folder or an archive.
func loadPath(ctx context.Context, path string, o Options) (*Split, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, &UnknownError{path}
	case err != nil:
		return nil, readError(path, err)
	}
	name, err := baseName(path)
	if err != nil {
		return nil, err
	}
	switch {
	case info.IsDir():
		return loadFolder(ctx, diskFolder(path), name, o)
	case info.Mode().IsRegular():
		return loadArchive(ctx, path, name)
	}
	return nil, &FormatError{File: path, Offset: -1, Found: "neither a folder nor a regular file", Expected: formats}
}

// baseName is the last element of a path without .tar.gz, also for ".".
func baseName(path string) (string, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", fmt.Errorf("%s: %w", path, err)
	}
	base := filepath.Base(abs)
	for _, ext := range []string{".tar.gz", ".tgz"} {
		base = strings.TrimSuffix(base, ext)
	}
	return base, nil
}

// loadFolder loads a folder, by what is in it.
func loadFolder(ctx context.Context, dir folder, name string, o Options) (*Split, error) {
	entries, err := fs.ReadDir(dir, ".")
	if err != nil {
		return nil, readError(dir.path, err)
	}
	switch {
	case slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return isCIFARBatch(e.Name()) }):
		return loadCIFAR(ctx, dir, name)
	case dir.hasIDX():
		return loadIDX(ctx, dir, name, nil)
	case dir.has("train"):
		return loadClasses(ctx, dir, name, o.SkipBad)
	}
	return nil, &FormatError{File: dir.path, Offset: -1, Found: "nothing that can be loaded", Expected: formats}
}
