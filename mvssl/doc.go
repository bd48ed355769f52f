// Package mvssl holds the methods of multi-view self-supervised learning.
//
// An image X becomes two views V1, V2 by random transforms; an encoder and a
// projector make projections Z1, Z2 of them. All methods raise a lower bound on
// the mutual information of the projections (Rodríguez-Gálvez et al., 2023,
// arXiv:2307.10907, section 2):
//
//	I(Z1; Z2) ≥ H(Z2) + E[log q(Z2 | Z1)]
//
// the entropy of the projections plus how well one reconstructs the other. They
// differ in two things, the axes of the paper's Figure 1: whether the branches
// that see the views are identical, and whether the projections are used as they
// are or processed into something discrete.
//
// These two questions are the types [Branches] and [Projections]; an objective is a
// value that a method's networks are given; a [Row] of the table is their combination.
// An ER twin is made from its original's row by [Row.Twin], so that it differs in the
// objective alone.
//
// # Adding a method
//
// Write one file with the struct of the method's parameters (see [Parameter]), a
// [Row], and a type that implements [Method], and give the row to [Register]; within
// this package, add it to the table. [Backbone], [Target], [NewIdentical], [EMABase],
// [EMASchedule] and [MultiCropViews] are there to build on. What only some methods need,
// such as a target that follows the parameters or a look at the whole training set
// before each epoch, is in small interfaces beside Method, which the trainer looks for.
// Flags, checks, help and the configuration's JSON follow from the parameters' tags.
package mvssl
