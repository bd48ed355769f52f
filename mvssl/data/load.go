package data

import (
	"context"
	"fmt"
)

// Options say how to load.
type Options struct {
	// CacheDir is where fetched files are kept; "" means the folder entrec in
	// os.UserCacheDir.
	CacheDir string
	// URL is a mirror to fetch from instead of the published address: the folder of
	// the files or, where there is but one, the file itself.
	URL string
	// Local fetches nothing: a data set that is not here yet is an *AwayError.
	Local bool
	// SkipBad passes over unreadable images, and lists them in Split.Skipped, instead of
	// failing at the first.
	SkipBad bool
	// Memory is how many bytes the images may take while they are loaded; 0 means
	// [DefaultMemory]. It is held against what files claim before anything is allocated.
	Memory int64
	// Note, if not nil, is called with what somebody who waits should be told once, a line:
	// from where a file is fetched, or for whom Load waits.
	Note func(line string)
	// Progress, if not nil, is called while a file is fetched, one file after the
	// other, with the bytes of it that are there and the bytes that there will be (-1
	// if the server does not say). It is called from the goroutine of Load.
	Progress func(done, total int64)
	// Reading, if not nil, is called now and then while a data set is read: with what is
	// read, how much of it has been, and how much there is, in bytes of a file or in
	// images of a folder. It is called from the goroutine of Load.
	Reading func(what string, done, total int)
}

func (o Options) note(line string) {
	if o.Note != nil {
		o.Note(line)
	}
}

// noteUnlabeledTest tells that the test part at a path is left out: it lacks the labels that
// the training images have, and without it some of these are held out.
func (o Options) noteUnlabeledTest(path string) {
	o.note(fmt.Sprintf("%s: left out the test images, of which not all have labels", printableName(path)))
}

// Load loads the data set of that name ([Sources]; fetched into the cache if it is not
// there yet) or at that path, whose format is found by looking ([Formats]). A name goes
// before a path; "./NAME" is a path.
//
// The result is a function of the files alone, whatever the number of threads.
//
// Errors, each one line: *UnknownError for what is neither name nor path, *AwayError for
// what would have to be fetched and must not be,
// *FormatError for a file that is not as it should be, *MemoryError for images that
// need more memory than they may have, ctx's cause once it is done,
// and those of the file system and the network.
func Load(ctx context.Context, nameOrPath string, o Options) (*Split, error) {
	s, err := load(ctx, nameOrPath, o)
	if err == nil && s.SHA256 == "" {
		s.SHA256, err = s.arraysSHA256(ctx)
	}
	if ctx.Err() != nil { // whatever has come of it
		return nil, context.Cause(ctx)
	}
	return s, err
}

func load(ctx context.Context, nameOrPath string, o Options) (*Split, error) {
	for _, s := range sources {
		if s.Name == nameOrPath {
			return s.Load(ctx, o)
		}
	}
	p, err := placeOf(ctx, nameOrPath, o)
	if err != nil {
		return nil, err
	}
	return p.load(ctx, o)
}
