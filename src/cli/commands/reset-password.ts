import { Empty } from '../../api/contract/common.ts';
import { type Command, UsageError } from '../command.ts';

export const resetPassword: Command = {
  summary: 'set the password of admin, whatever it was, and take a second factor away',
  usage: '',
  examples: [
    ['sallyport reset-password', 'asks for it twice, without showing it'],
    ['sallyport reset-password < password.txt', 'takes the first line of a file'],
  ],
  async run({ client, askSecret }) {
    const password = await askSecret('New password (at least 10 characters): ');
    if (process.stdin.isTTY === true && (await askSecret('Once more: ')) !== password) {
      throw new UsageError('the two are not the same; nothing was changed');
    }
    await client.send('POST', '/reset-password', { password }, Empty);
    return { data: { user: 'admin' }, text: 'The password of admin is set; everybody has to sign in anew.' };
  },
};
