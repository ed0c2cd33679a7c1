import { PasswordInput } from '@mantine/core';

interface PasswordFieldProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (password: string) => void;
}

/** Of whoever is asked to prove who it is: the first thing to fill in. */
export function CurrentPassword({ label, value, onChange }: PasswordFieldProps) {
  return (
    <PasswordInput
      label={label}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      autoComplete="current-password"
      required
      withAsterisk={false}
      data-autofocus
    />
  );
}

/** As the server takes one. Where it need not be given, what is there stays. */
export function NewPassword({
  label,
  description,
  required = true,
  value,
  onChange,
}: PasswordFieldProps & { readonly description?: string; readonly required?: boolean }) {
  return (
    <PasswordInput
      label={label}
      description={description}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      autoComplete="new-password"
      minLength={10}
      required={required}
      withAsterisk={false}
    />
  );
}
