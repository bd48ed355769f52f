// Package mi holds pairs of variables whose mutual information is known ([Tasks]), and asks
// estimators of it ([Estimators]) with critics that are fixed or trained ([Critic]): of a
// task, or of pairs of one's own ([Data]).
//
// Informations are in nats.
package mi
