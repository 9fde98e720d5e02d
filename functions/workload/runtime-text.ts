/** What a Runtime context tells the agent; only what is true of every Pod this project builds. */
export const runtimeText = `You run in a container in a Kubernetes Pod, as an OpenCode agent managed by KubeOpenCode.
- Your working directory is $WORKSPACE_DIR. What you write elsewhere, and the workspace too unless it is on a persistent volume, is lost when the Pod ends.
- In a Task, $TASK_NAMESPACE and $TASK_NAME name the Kubernetes object that asked for the work; nobody answers questions while you work, so decide and say what you decided.
- You have no rights in the cluster beyond those of the Pod's ServiceAccount, and no token of it unless one is mounted.`
