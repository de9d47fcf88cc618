//! What to do about a dead letter, by the class of its error: one table, for people who do not know the code.

use crate::Queue;

/// What to do about a class that has no line of its own.
const OTHERWISE: &str = "Lisez la raison ; corrigez la cause, puis relancez (relais dlq redrive). Si le message n'a plus d'objet, classez-le avec une explication (relais dlq discard).";

/// The table: the class, the queue where the advice differs by queue, and what to do.
const ACTIONS: &[(&str, Option<Queue>, &str)] = &[
    (
        "message.not-json",
        Some(Queue::Statuses),
        "L'ERP a envoyé un message illisible : transmettez le corps à l'équipe de l'ERP, faites renvoyer la commande corrigée avec un nouvel id, puis classez ce message (relais dlq discard).",
    ),
    (
        "message.not-a-cloudevent",
        Some(Queue::Statuses),
        "L'ERP a envoyé une commande sans l'enveloppe CloudEvents : faites-la renvoyer corrigée avec un nouvel id, puis classez ce message (relais dlq discard).",
    ),
    (
        "message.wrong-type",
        Some(Queue::Statuses),
        "L'ERP a déposé dans cette file un message qui n'est pas une commande relais.status.set.v1 : corrigez l'ERP, puis classez ce message (relais dlq discard).",
    ),
    (
        "message.bad-data",
        Some(Queue::Statuses),
        "Il manque à la commande de quoi répondre à l'ERP (id, source, siret ou idFacture) : faites-la renvoyer corrigée avec un nouvel id, puis classez ce message (relais dlq discard).",
    ),
    (
        "message.not-json",
        None,
        "Ce message n'a pas été écrit par Relais : cherchez qui peut écrire dans cette file, puis classez-le (relais dlq discard).",
    ),
    (
        "message.not-a-cloudevent",
        None,
        "Ce message n'a pas été écrit par Relais : cherchez qui peut écrire dans cette file, puis classez-le (relais dlq discard).",
    ),
    (
        "message.wrong-type",
        None,
        "Ce message n'est pas pour cette file : cherchez qui l'y a mis, puis classez-le (relais dlq discard).",
    ),
    (
        "message.bad-data",
        None,
        "Le message est incomplet, sans doute d'une autre version de Relais : reprenez la facture depuis le portail (relais replay), puis classez ce message (relais dlq discard).",
    ),
    (
        "job.unknown-establishment",
        None,
        "L'établissement n'est pas dans la configuration : ajoutez-le, puis relancez (relais dlq redrive) ; s'il n'est plus géré par Relais, classez le message (relais dlq discard).",
    ),
    (
        "job.bad-episode",
        None,
        "Le message est incomplet, sans doute d'une autre version de Relais : reprenez la facture depuis le portail (relais replay), puis classez ce message (relais dlq discard).",
    ),
    (
        "job.bad-key",
        None,
        "Le message nomme une facture qui ne peut pas exister : classez-le (relais dlq discard) après avoir cherché qui l'a écrit.",
    ),
    (
        "chorus-pro.refused",
        None,
        "Chorus Pro refuse de donner la facture : ouvrez-la sur le portail avec le compte de l'établissement. Si elle y est, vérifiez les droits du compte technique (relais doctor) puis relancez (relais dlq redrive) ; si elle n'y est plus, classez le message (relais dlq discard).",
    ),
    (
        "command.unknown-establishment",
        None,
        "La commande vise un établissement qui n'est pas dans la configuration : faites corriger le SIRET par l'équipe de l'ERP et classez ce message (relais dlq discard), ou ajoutez l'établissement puis relancez (relais dlq redrive).",
    ),
    (
        "message.failed-too-often",
        Some(Queue::Jobs),
        "La facture a échoué trop souvent par sa propre faute, ou plus longtemps que ne dure une panne : la raison donne la dernière erreur. Si d'autres factures passent, ouvrez celle-ci sur le portail (relais trace, puis Chorus Pro) ; la cause corrigée, relancez (relais dlq redrive).",
    ),
    (
        "message.failed-too-often",
        None,
        "La commande a échoué trop souvent par sa propre faute, ou plus longtemps que ne dure une panne : la raison donne la dernière erreur. Le statut n'est peut-être pas sur Chorus Pro, et un paiement peut être retardé : comparez (relais trace) ; la cause corrigée, relancez (relais dlq redrive).",
    ),
    (
        "message.waited-too-long",
        None,
        "Le message a attendu la fin d'une panne ou d'une coupure plus longtemps qu'une file ne garde. Vérifiez que tout est rétabli (relais status, relais doctor), puis relancez (relais dlq redrive).",
    ),
    (
        "queue.too-many-receives",
        Some(Queue::Jobs),
        "La facture a échoué trop de fois. Vérifiez les comptes (relais doctor) et la dernière erreur dans le journal d'archive ; la cause corrigée, relancez (relais dlq redrive).",
    ),
    (
        "queue.too-many-receives",
        None,
        "La commande a échoué trop de fois : le statut n'est peut-être pas sur Chorus Pro, et un paiement peut être retardé. Vérifiez les comptes (relais doctor) et la dernière erreur dans le journal de push-status ; la cause corrigée, relancez (relais dlq redrive).",
    ),
    (
        "erp.not-taken",
        None,
        "L'ERP a lu cet événement plusieurs fois sans le supprimer : la facture n'est sans doute pas comptabilisée et le délai de paiement court. Voyez avec l'équipe de l'ERP pourquoi, puis relancez (relais dlq redrive --queue erp).",
    ),
];

/// What to do about a dead letter of this class, in French. A class that nobody has thought of gets a general advice.
#[must_use]
pub fn next_action(queue: Queue, class: &str) -> &'static str {
    ACTIONS
        .iter()
        .find(|(of, only, _)| *of == class && only.is_none_or(|only| only == queue))
        .map_or(OTHERWISE, |(_, _, action)| action)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_advice_depends_on_who_wrote_the_message() {
        assert!(next_action(Queue::Statuses, "message.not-json").contains("équipe de l'ERP"));
        assert!(next_action(Queue::Jobs, "message.not-json").contains("pas été écrit par Relais"));
    }

    #[test]
    fn a_class_of_tomorrow_gets_a_general_advice() {
        assert_eq!(next_action(Queue::Jobs, "invented.tomorrow"), OTHERWISE);
    }

    #[test]
    fn every_line_says_which_command_to_run() {
        for (class, _, action) in ACTIONS {
            assert!(action.contains("relais "), "{class}: {action}");
        }
    }
}
