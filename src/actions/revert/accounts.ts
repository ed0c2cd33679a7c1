/** Users and API tokens. What only a secret could bring back is gone. */
import { listApiTokens } from '../../store/api-tokens.ts';
import { findUser } from '../../store/users.ts';
import { cannot, type FindWay, TOO_LITTLE, textIn } from './way.ts';

export const removeNewUser: FindWay = ({ db }, { at, subject }) => {
  const user = findUser(db, subject);
  if (user === undefined || user.createdAt !== at)
    return cannot('the user is gone, or is another one by now');
  return {
    async run(acts, actor) {
      acts.removeUser(subject, actor);
      return {};
    },
  };
};

export const giveRoleBack: FindWay = ({ db }, { subject, before, after }) => {
  const role = (['viewer', 'approver', 'admin'] as const).find((one) => one === textIn(before, 'role'));
  const user = findUser(db, subject);
  if (role === undefined) return cannot(TOO_LITTLE);
  if (user?.role !== textIn(after, 'role')) return cannot('the user is gone, or has another role by now');
  return {
    async run(acts, actor) {
      await acts.changeUser(subject, { role }, actor);
      return {};
    },
  };
};

export const revokeNewToken: FindWay = ({ db }, { subject, after }) => {
  const prefix = textIn(after, 'prefix');
  const token = listApiTokens(db).find((one) => one.name === subject && one.prefix === prefix);
  if (token === undefined) return cannot('the token was revoked since');
  return {
    async run(acts, actor) {
      acts.revokeApiToken(token.id, actor);
      return {};
    },
  };
};
