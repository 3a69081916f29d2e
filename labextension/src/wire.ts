/** What crosses the network, by the names that are used here. */
import type { components } from './types.gen';

type Schemas = components['schemas'];

export type Available = Schemas['Available'];
export type AvailableRow = Schemas['AvailableRow'];
export type Booking = Schemas['Booking'];
export type BookingRows = Schemas['BookingRows'];
export type BookingEdit = Schemas['BookingEdit'];
export type BookingRequest = Schemas['BookingRequest'];
export type Change = Schemas['Change'];
export type Cluster = Schemas['Cluster'];
export type ClusterEdit = Schemas['ClusterEdit'];
export type ClusterRequest = Schemas['ClusterRequest'];
export type ClusterRows = Schemas['ClusterRows'];
export type Decision = Schemas['Decision'];
export type DecisionRow = Schemas['DecisionRow'];
export type DecisionRows = Schemas['DecisionRows'];
export type ErrorAnswer = Schemas['ErrorAnswer'];
export type ErrorBody = Schemas['Error'];
export type Extension = Schemas['Extension'];
export type Grant = Schemas['Grant'];
export type GrantRequest = Schemas['GrantRequest'];
export type GrantRows = Schemas['GrantRows'];
export type Hit = Schemas['Hit'];
export type Node = Schemas['Node'];
export type NodeRows = Schemas['NodeRows'];
export type Offers = Schemas['Offers'];
export type OfferKind = NonNullable<Booking['kind']>;
export type Package = Schemas['Package'];
export type PackageRows = Schemas['PackageRows'];
export type Phase = Schemas['Phase'];
export type PoolRow = Schemas['PoolRow'];
export type Resources = Schemas['Resources'];
export type Sharing = Booking['sharing'];
export type Span = Schemas['Span'];
export type Taker = Schemas['Taker'];
export type Trial = Schemas['Trial'];
