using System.Security.Cryptography;
using Countersign.Core.Numbers;
using Countersign.Core.Privacy;

namespace Countersign.Core.Tests.Numbers;

public sealed class EmailAddressTests
{
    [Theory]
    [InlineData("jo@example.com")]
    [InlineData("jo.smith+verify@mail.example.co.uk")]
    [InlineData("o'brien/sales=x@example.com")]
    [InlineData("!#$%&'*+-/=?^_`{|}~@example.com")]
    [InlineData("1@2.example")]
    [InlineData("+14155550123@example.com")]
    [InlineData("jo@r3---sn.example.com")]
    [InlineData("jo@xn--mnchen-3ya.example")]
    public void An_ordinary_address_is_kept_as_it_is(string text)
    {
        Assert.Equal(text, Mailbox(text).Reveal());
        Assert.Equal("ZZ", Mailbox(text).Country);
    }

    [Theory]
    [InlineData("  jo@example.com\r\n", "jo@example.com")]
    [InlineData("Jo.Smith@EXAMPLE.Com", "Jo.Smith@example.com")]
    [InlineData("jo@münchen.example", "jo@xn--mnchen-3ya.example")]
    [InlineData("jo@MÜNCHEN.example", "jo@xn--mnchen-3ya.example")]
    [InlineData("jo@президент.рф", "jo@xn--d1abbgf6aiiy.xn--p1ai")]
    [InlineData("jo@日本。jp", "jo@xn--wgv71a.jp")]
    [InlineData("jo@ｅｘａｍｐｌｅ．com", "jo@example.com")]
    [InlineData("jo@straße.example", "jo@xn--strae-oqa.example")]
    public void The_domain_has_one_form_and_the_local_part_stays_as_typed(string text, string expected)
    {
        Assert.Equal(expected, Mailbox(text).Reveal());
    }

    [Theory]
    [InlineData("Ann+1@example.com", "ann@example.com")]
    [InlineData("ann+a+b@example.com", "ann@example.com")]
    [InlineData("ann.owl@example.com", "ann.owl@example.com")]
    [InlineData("+14155550123@example.com", "+14155550123@example.com")]
    [InlineData("A.nn+x@gmail.com", "ann@gmail.com")]
    [InlineData("a.nn@googlemail.com", "ann@gmail.com")]
    [InlineData("ann@gmail.com", "ann@gmail.com")]
    public void Limits_count_the_mailbox_behind_the_tags_that_it_is_written_with(string text, string counted)
    {
        Assert.True(EmailAddress.TryParse(text, out var address, out _));

        Assert.Equal(counted, address.Counted.Identity);
        Assert.Equal(counted, address.Counted.Counted.Identity);
        Assert.Equal(text, address.Reveal());
    }

    [Fact]
    public void Spellings_that_differ_in_case_are_one_mailbox()
    {
        var typed = Mailbox("Jo.Smith@Example.com");
        var again = Mailbox("jo.smith@example.COM");

        Assert.Equal("Jo.Smith@example.com", typed.Reveal());
        Assert.Equal("jo.smith@example.com", typed.Identity);
        Assert.True(typed == again);
        Assert.Equal(typed.GetHashCode(), again.GetHashCode());
    }

    [Theory]
    [InlineData("jo.smith@example.com", "josmith@example.com")]
    [InlineData("jo@example.com", "jo+a@example.com")]
    [InlineData("jo@example.com", "jo@example.org")]
    public void Dots_and_tags_make_other_mailboxes_since_only_the_host_knows_better(string one, string other)
    {
        Assert.True(Mailbox(one) != Mailbox(other));
    }

    [Fact]
    public void The_index_knows_a_mailbox_by_its_identity()
    {
        var index = new DestinationIndex(new KeyRing([(1, RandomNumberGenerator.GetBytes(RingKey.SecretBytes))], 1, 1));

        Assert.Equal(index.Of(Mailbox("jo@example.com")), index.Of(Mailbox("JO@EXAMPLE.COM")));
        Assert.NotEqual(index.Of(Mailbox("jo@example.com")), index.Of(Mailbox("jo@example.org")));
    }

    [Theory]
    [InlineData("john@example.com", "j•••@e•••.com")]
    [InlineData("joe@mail.example.co.uk", "j•••@m•••.uk")]
    [InlineData("jo@example.com", "•••@e•••.com")]
    [InlineData("j@qq.com", "•••@•••.com")]
    [InlineData("j@x.y.test", "•••@x•••.test")]
    [InlineData("john@münchen.de", "j•••@•••.de")]
    [InlineData("john@президент.рф", "j•••@•••.xn--p1ai")]
    public void The_mask_shows_first_letters_and_the_ending(string text, string mask)
    {
        Assert.Equal(mask, Mailbox(text).ToString());
        Assert.Equal(mask, $"{Mailbox(text)}");
    }

    [Theory]
    [InlineData("jo@example.com", true)]
    [InlineData("jo@mail.example.org", true)]
    [InlineData("jo@something.test", true)]
    [InlineData("jo@nowhere.invalid", true)]
    [InlineData("jo@counterexample.com", false)]
    [InlineData("jo@contest.de", false)]
    [InlineData("jo@example.com.de", false)]
    public void Domains_reserved_for_examples_are_fictional(string text, bool fictional)
    {
        Assert.Equal(fictional, Mailbox(text).IsFictional);
    }

    [Theory]
    [InlineData("+14155550123", typeof(PhoneNumber))]
    [InlineData("jo@example.com", typeof(EmailAddress))]
    [InlineData("+14155550123@example.com", typeof(EmailAddress))]
    [InlineData("Jo@gmial.com", typeof(EmailAddress))]
    public void What_was_stored_is_restored_unjudged_as_what_it_was(string plain, Type type)
    {
        var restored = Destination.Restore(plain);

        Assert.IsType(type, restored);
        Assert.Equal(plain, restored.Reveal());
    }

    [Theory]
    [InlineData("")]
    [InlineData("jo")]
    [InlineData("@example.com")]
    [InlineData("jo@")]
    [InlineData("jo smith@example.com")]
    [InlineData("jo@example.com\r\nRCPT TO:<x@example.com>")]
    [InlineData("jö@example.com")]
    public void What_was_never_a_destination_is_not_restored_and_not_repeated(string plain)
    {
        var thrown = Assert.Throws<FormatException>(() => Destination.Restore(plain));

        Assert.Equal("A stored mailbox is not an address.", thrown.Message);
    }

    static EmailAddress Mailbox(string text)
    {
        Assert.True(EmailAddress.TryParse(text, out var address, out var problem), problem?.ReasonName);
        return address;
    }
}
