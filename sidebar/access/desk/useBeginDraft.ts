import { useI18n } from 'vue-i18n'
import { useRouter } from 'vue-router'
import { deskRoutes } from '../../api/desk/routes.ts'
import { useServices } from '../../services.ts'
import { useAction, type Action } from '../../ui/desk/useAction.ts'
import { formatMoment } from '../../ui/format.ts'

/** Begins a draft from the version in force, or with the content of an earlier one (`from`), and opens it, at this role if one is given. */
export function useBeginDraft(): Action<[from?: number, role?: string]> {
  const { api } = useServices()
  const router = useRouter()
  const { t } = useI18n()
  return useAction(async (from, role) => {
    const name = from === undefined ? t('draft.named', { moment: formatMoment(Date.now()) }) : t('draft.rollbackNamed', { number: from })
    const draft = await api.call(deskRoutes.createPolicyDraft, { body: { name, ...(from === undefined ? {} : { from }) } })
    await router.push({ path: `/policy/drafts/${draft.id}`, query: role === undefined ? {} : { role } })
  })
}
