import * as z from 'zod'
import { listMap } from '../rules.ts'
import { DnsLabel, FileMode, PodObjectName, Quantity, StringMap } from '../scalars.ts'
import { FieldRef, ResourceFieldRef } from './container.ts'
import { LabelSelector } from './selector.ts'

const optional = z.boolean().exactOptional().describe('Whether it may be missing.')
const defaultMode = FileMode.exactOptional().describe('Permission bits of the files; 0644 if unset.')

const KeyToPath = z.object({
  key: z.string().describe('Key.'),
  path: z.string().describe('File the key is written to.'),
  mode: FileMode.exactOptional().describe('Permission bits of the file.'),
})
const items = z.array(KeyToPath).exactOptional().describe('Which keys to take; every one if unset.')

const DownwardItem = z.object({
  path: z.string().describe('File the value is written to.'),
  fieldRef: FieldRef.exactOptional().describe('Field of the Pod.'),
  resourceFieldRef: ResourceFieldRef.exactOptional().describe('Resource of a container.'),
  mode: FileMode.exactOptional().describe('Permission bits of the file.'),
})
const downwardItems = z.array(DownwardItem).exactOptional().describe('What to write.')

const Projection = z.object({
  configMap: z
    .object({ name: PodObjectName.describe('Name of the ConfigMap.'), items, optional })
    .exactOptional()
    .describe('Files of a ConfigMap.'),
  secret: z
    .object({ name: PodObjectName.describe('Name of the Secret.'), items, optional })
    .exactOptional()
    .describe('Files of a Secret.'),
  downwardAPI: z.object({ items: downwardItems }).exactOptional().describe('Facts about the Pod.'),
  serviceAccountToken: z
    .object({
      path: z.string().describe('File the token is written to.'),
      audience: z.string().exactOptional().describe('Who the token is for; the apiserver if unset.'),
      expirationSeconds: z.int().min(600).exactOptional().describe('How long the token lives.'),
    })
    .exactOptional()
    .describe('Token of the ServiceAccount.'),
  clusterTrustBundle: z
    .object({
      path: z.string().describe('File the certificates are written to.'),
      name: z.string().exactOptional().describe('One bundle, by name.'),
      signerName: z.string().exactOptional().describe('Bundles of a signer.'),
      labelSelector: LabelSelector.exactOptional().describe("Which of the signer's bundles."),
      optional,
    })
    .exactOptional()
    .describe('Certificates the cluster trusts.'),
})

const ClaimTemplate = z.object({
  metadata: z
    .object({
      labels: StringMap.exactOptional().describe('Labels of the claim.'),
      annotations: StringMap.exactOptional().describe('Annotations of the claim.'),
    })
    .exactOptional()
    .describe('Metadata of the claim.'),
  spec: z
    .object({
      accessModes: z.array(z.string()).exactOptional().describe('How the volume may be mounted.'),
      storageClassName: z.string().exactOptional().describe("StorageClass; the cluster's default if unset."),
      volumeMode: z.enum(['Filesystem', 'Block']).exactOptional().describe('Filesystem if unset.'),
      volumeName: z.string().exactOptional().describe('One certain volume.'),
      selector: LabelSelector.exactOptional().describe('Volumes that may be used.'),
      resources: z
        .object({
          requests: z.record(z.string(), Quantity).exactOptional().describe('Size, as storage: 10Gi.'),
          limits: z.record(z.string(), Quantity).exactOptional().describe('Largest size.'),
        })
        .exactOptional()
        .describe('Size of the volume.'),
    })
    .describe('What the claim asks for.'),
})

/** The volume sources that Kubernetes still serves, https://kubernetes.io/docs/concepts/storage/volumes/. */
const Volume = z.object({
  name: DnsLabel.describe('Name of the volume, unique in the Pod.'),
  configMap: z
    .object({ name: PodObjectName.describe('Name of the ConfigMap.'), items, optional, defaultMode })
    .exactOptional()
    .describe('Files of a ConfigMap.'),
  secret: z
    .object({ secretName: PodObjectName.describe('Name of the Secret.'), items, optional, defaultMode })
    .exactOptional()
    .describe('Files of a Secret.'),
  emptyDir: z
    .object({
      medium: z.enum(['', 'Memory', 'HugePages']).exactOptional().describe('Memory for a tmpfs; the disk if unset.'),
      sizeLimit: Quantity.exactOptional().describe('Largest size.'),
    })
    .exactOptional()
    .describe('Empty directory that lives as long as the Pod.'),
  persistentVolumeClaim: z
    .object({
      claimName: PodObjectName.describe('Name of the claim.'),
      readOnly: z.boolean().exactOptional().describe('Whether it cannot be written to.'),
    })
    .exactOptional()
    .describe('Existing volume claim.'),
  projected: z
    .object({ sources: z.array(Projection).exactOptional().describe('What is put together.'), defaultMode })
    .exactOptional()
    .describe('Several sources in one directory.'),
  downwardAPI: z.object({ items: downwardItems, defaultMode }).exactOptional().describe('Facts about the Pod.'),
  csi: z
    .object({
      driver: z.string().describe('Name of the driver.'),
      fsType: z.string().exactOptional().describe('File system.'),
      readOnly: z.boolean().exactOptional().describe('Whether it cannot be written to.'),
      volumeAttributes: StringMap.exactOptional().describe('Settings for the driver.'),
      nodePublishSecretRef: z
        .object({ name: PodObjectName.describe('Name of the Secret.') })
        .exactOptional()
        .describe('Secret for the driver.'),
    })
    .exactOptional()
    .describe('Volume of a storage driver.'),
  ephemeral: z
    .object({ volumeClaimTemplate: ClaimTemplate.exactOptional().describe('The claim that is made.') })
    .exactOptional()
    .describe('Volume claim that lives as long as the Pod.'),
  nfs: z
    .object({
      server: z.string().describe('Host of the server.'),
      path: z.string().describe('Exported path.'),
      readOnly: z.boolean().exactOptional().describe('Whether it cannot be written to.'),
    })
    .exactOptional()
    .describe('Directory of an NFS server.'),
  image: z
    .object({
      reference: z.string().exactOptional().describe('Image.'),
      pullPolicy: z.enum(['Always', 'Never', 'IfNotPresent']).exactOptional().describe('When to pull it.'),
    })
    .exactOptional()
    .describe('Content of an image.'),
  hostPath: z
    .object({
      path: z.string().describe('Path on the node.'),
      type: z
        .enum(['', 'DirectoryOrCreate', 'Directory', 'FileOrCreate', 'File', 'Socket', 'CharDevice', 'BlockDevice'])
        .exactOptional()
        .describe('What must be found there.'),
    })
    .exactOptional()
    .describe('Path on the node. Pod Security levels other than privileged refuse it.'),
})

export const ExtraVolumes = listMap(z.array(Volume).max(64), 'name')
