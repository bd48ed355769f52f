// Package kubernetes holds the manifest of sweep submit to Kubernetes' own types. It is a
// module of its own, since these are large.
package kubernetes

import (
	"bytes"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"sigs.k8s.io/yaml"
)

// TestManifest decodes the manifest in the file that MANIFEST names, strictly.
func TestManifest(t *testing.T) {
	text, err := os.ReadFile(os.Getenv("MANIFEST"))
	require.NoError(t, err, "MANIFEST names the output of entrec sweep submit --k8s")
	parts := bytes.Split(text, []byte("\n---\n"))
	require.Len(t, parts, 2)
	var sweep core.ConfigMap
	require.NoError(t, yaml.UnmarshalStrict(parts[0], &sweep))
	require.Contains(t, sweep.Data["sweep.json"], `"entrec-sweep/1"`)
	var job batch.Job
	require.NoError(t, yaml.UnmarshalStrict(parts[1], &job))
	require.Equal(t, batch.IndexedCompletion, *job.Spec.CompletionMode)
	require.Equal(t, batch.Failed, *job.Spec.PodReplacementPolicy)
	require.Positive(t, *job.Spec.Completions)
	pod := job.Spec.Template.Spec
	require.Equal(t, core.RestartPolicyNever, pod.RestartPolicy)
	require.Equal(t, pod.Containers[0].Resources.Requests, pod.Containers[0].Resources.Limits)
	require.Equal(t, resource.BinarySI, pod.Containers[0].Resources.Limits.Memory().Format)
	require.Equal(t, []int32{2, 4}, job.Spec.PodFailurePolicy.Rules[0].OnExitCodes.Values)
	require.Equal(t, sweep.Name, pod.Volumes[0].ConfigMap.Name)
}
