/** The same nodes in numbers. */
import type { NodePicture } from '../../protocol.ts';
import { leaderOf } from '../model/leader.ts';
import { hashOf } from '../model/place.ts';
import { number } from '../model/words.ts';

type Props = Readonly<{
  members: readonly string[];
  nodes: ReadonlyMap<string, NodePicture>;
  own: string | null;
}>;

export function NodeTable({ members, nodes, own }: Props) {
  const leader = nodes.get(leaderOf(nodes) ?? '');
  return (
    <div class="table-wrap" tabIndex={0} role="region" aria-label="Nodes in numbers">
      <table>
        <thead>
          <tr>
            <th scope="col">Node</th>
            <th scope="col">Role</th>
            <th scope="col">Term</th>
            <th scope="col">Lifecycle</th>
            <th scope="col">Log</th>
            <th scope="col">Commit</th>
            <th scope="col">Applied</th>
            <th scope="col">Known to leader</th>
            <th scope="col">In flight</th>
            <th scope="col">Release</th>
          </tr>
        </thead>
        <tbody>
          {members.map((node) => (
            <NodeRow
              key={node}
              node={node}
              picture={nodes.get(node)}
              leader={leader}
              isOwn={node === own}
            />
          ))}
        </tbody>
      </table>
    </div>
  );
}

type RowProps = Readonly<{
  node: string;
  picture: NodePicture | undefined;
  leader: NodePicture | undefined;
  isOwn: boolean;
}>;

function NodeRow({ node, picture, leader, isOwn }: RowProps) {
  const status = picture?.status ?? null;
  const unreachable = picture === undefined ? 'nothing is known of it yet' : picture.unreachable;
  const peer = leader?.status?.peers?.find((each) => each.peer === node);
  const match = leader?.node === node ? status?.lastIndex : peer?.matchIndex;
  return (
    <tr class={unreachable === null ? '' : 'away'}>
      <th scope="row">
        <a href={hashOf({ view: 'charts', actor: node })}>{node}</a>
        {isOwn && <span class="muted"> this node</span>}
      </th>
      {status === null ? (
        <td colSpan={9}>{unreachable}</td>
      ) : (
        <>
          <td title={status.roleDetail}>
            {unreachable === null ? status.role : `away: ${unreachable}`}
            {status.quarantined !== null && <span class="badge bad">{status.quarantined}</span>}
          </td>
          <td class="number">{number(status.term)}</td>
          <td>{status.lifecycle}</td>
          <td class="number">
            {number(status.firstIndex)}–{number(status.lastIndex)}
          </td>
          <td class="number">{number(status.commitIndex)}</td>
          <td class="number">{number(status.appliedIndex)}</td>
          <td class="number">
            {match === undefined ? '–' : number(match)}
            {peer?.state != null && <span class="muted"> {peer.state}</span>}
          </td>
          <td class="number">
            <a href={hashOf({ view: 'proposals', node })}>{number(status.proposalsInFlight)}</a>
          </td>
          <td>{status.release}</td>
        </>
      )}
    </tr>
  );
}
