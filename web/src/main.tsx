import './app/styles.ts';
import { createRoot } from 'react-dom/client';
import { Page } from './app/page.tsx';

const place = document.getElementById('page');
if (place === null) throw new Error('the document has no place for the page');
createRoot(place).render(<Page />);
