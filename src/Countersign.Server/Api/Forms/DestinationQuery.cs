using Countersign.Core.Numbers;

namespace Countersign.Server.Api.Forms;

/// <summary>A number or a mailbox that a list is asked for. Errors do not repeat it.</summary>
static class DestinationQuery
{
    /// <summary>The destination under a name; null where there is none, or none that is one, which the binder then says.</summary>
    public static Destination? Read(FormBinder binder, string name)
    {
        if (binder.Phone(name, EmailAddress.MaxTextLength) is not { } text)
        {
            return null;
        }

        if (text.Contains('@', StringComparison.Ordinal))
        {
            if (EmailAddress.TryParse(text, out var mailbox, out var wrong))
            {
                return mailbox;
            }

            binder.Invalid(name, null, wrong.ReasonName, wrong.Explanation);
            return null;
        }

        if (PhoneNumber.TryParse(text, out var number, out var problem))
        {
            return number;
        }

        binder.Invalid(name, null, problem.ReasonName, problem.Explanation);
        return null;
    }
}
