/** Whose budget a booking is charged to: for whoever is in a group. */
import * as React from 'react';
import type { Booking } from '../wire';
import { Choice } from './Choice';
import { groupWords } from './groups';
import { Button, SectionProps } from './parts';

/** What a booking is charged to that is no group's. */
export const NOBODY = '-';

interface ChargeProps extends SectionProps {
  /** A group's name, or nothing. */
  value: string;
  onChange: (group: string) => void;
}

/** The field; nothing for whoever is in no group. */
export function ChargeTo({ store, state, value, onChange }: ChargeProps): JSX.Element | null {
  React.useEffect(() => void store.askGroups(), [store]);
  const groups = state.groups ?? [];
  if (!groups.length && !value) {
    return null;
  }
  const options = [['', 'me'], ...groups.map(group => [group.name, groupWords(group)])];
  if (value && !groups.some(group => group.name === value)) {
    options.push([value, value]);
  }
  return <Choice label="Charge to" value={value} options={options} onChange={onChange} />;
}

/** Charges what is ahead of a booking to somebody else. */
export function ChangeCharge(props: SectionProps & { booking: Booking; onClose: () => void }): JSX.Element {
  const { booking, store, state, now, onClose } = props;
  const old = booking.group ?? '';
  const [group, setGroup] = React.useState(old);
  const save = async (event: React.FormEvent) => {
    event.preventDefault();
    onClose();
    await store.change(booking, { group: group || NOBODY });
  };
  return (
    <form className="ag-change" onSubmit={save} aria-label={`Charge ${booking.package ?? 'custom'}`}>
      <ChargeTo {...props} value={group} onChange={setGroup} />
      {group !== old && (
        <>
          <Button kind="primary" type="submit" disabled={state.busy}>
            Charge
          </Button>
          {Date.parse(booking.start) < now && (
            <p className="ag-plan-words">From now on: what it has had stays where it was charged.</p>
          )}
        </>
      )}
    </form>
  );
}
