import { Button, type ButtonProps } from '@mantine/core';
import type { MouseEventHandler } from 'react';

export interface ActionButtonProps extends ButtonProps {
  /** What a screen reader says: the visible words first, then what it is about (WCAG 2.5.3). */
  readonly label: string;
  readonly onClick?: MouseEventHandler<HTMLButtonElement>;
  readonly type?: 'button' | 'submit';
}

export function ActionButton({ label, children, ...rest }: ActionButtonProps) {
  return (
    <Button size="compact-sm" aria-label={label} {...rest}>
      {children}
    </Button>
  );
}
