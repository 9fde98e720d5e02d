/** How the stack is deployed: a version that reads what aws-cdk-lib in package.json writes, so that no later one surprises. */
export const cdk = 'npx aws-cdk@2.1148.1'
