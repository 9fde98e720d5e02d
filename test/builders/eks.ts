/** What `aws eks describe-cluster --name prod --output json` prints, as far as it is read; `change` is laid over its cluster. */
export const describedCluster = (change: object = {}) => ({
  cluster: {
    name: 'prod',
    arn: 'arn:aws:eks:eu-central-1:123456789012:cluster/prod',
    endpoint: 'https://abc.eks.amazonaws.com',
    certificateAuthority: { data: 'LS0tLS1CRUdJTg==' },
    resourcesVpcConfig: { endpointPublicAccess: true },
    accessConfig: { authenticationMode: 'API' },
    ...change,
  },
})
