// Package bounds draws pairs whose mutual information is known and holds the bounds
// that methods train against it: InfoNCE, and ER with each choice of its entropy.
//
// Its distributions are vMF pairs on the sphere ([VMF]), correlated Gaussians
// projected to the sphere ([Gaussian]), and joint tables of two discrete variables
// ([Table]). docs/bounds.md tells what comes out; the command in figure draws it.
package bounds
