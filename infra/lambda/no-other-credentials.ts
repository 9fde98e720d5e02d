/** In bundles in the place of @aws-sdk/credential-provider-node; a client that was given credentials does not ask it. */
export const defaultProvider = () => async (): Promise<never> => {
  throw new Error(
    'a Lambda function has its credentials in AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN',
  )
}
