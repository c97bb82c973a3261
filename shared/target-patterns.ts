/** Templates to begin with, for the pages of well-known CRMs: how their own addresses look, with an example's host. */

export interface TargetPattern {
  readonly label: string;
  readonly target: string;
}

export const TARGET_PATTERNS: readonly TargetPattern[] = [
  {
    label: 'Salesforce: a contact',
    target: 'https://example.lightning.force.com/lightning/r/Contact/{contactId}/view',
  },
  {
    label: 'ServiceNow: an incident',
    target: 'https://example.service-now.com/incident.do{?sys_id}',
  },
  {
    label: 'Dynamics 365: a contact',
    target: 'https://example.crm.dynamics.com/main.aspx?pagetype=entityrecord&etn=contact{&id}',
  },
  { label: 'Zendesk: a ticket', target: 'https://example.zendesk.com/agent/tickets/{ticketId}' },
  { label: 'Freshdesk: a ticket', target: 'https://example.freshdesk.com/a/tickets/{ticketId}' },
  { label: 'HubSpot: a contact', target: 'https://app.hubspot.com/contacts/1234567/record/0-1/{contactId}' },
];
